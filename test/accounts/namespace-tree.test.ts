import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Namespace } from '../../src/accounts/namespace-schema.ts';
import {
  ancestors,
  buildNamespaceTree,
  buildNamespaceTreeInSteps,
  isWithin,
} from '../../src/accounts/namespace-tree.ts';
import { normalizeHost, patternCovers } from '../../src/routes/host-pattern.ts';
import { runSteps } from '../../src/snapshot/run-steps.ts';
import { namespacesOf, nodeOf, type Sketch, treeOf } from '../support/namespaces.ts';

function holdersIn(sketch: Sketch, hosts: readonly string[]): string[] {
  const tree = treeOf(sketch);
  return hosts.map((host) => tree.hostOwnerOf(host).id);
}

/** As a sidecar builds it from its store. */
function storedTree(sketch: Sketch) {
  return runSteps(buildNamespaceTreeInSteps(namespacesOf(sketch), new Map()));
}

/** `id: problem`, for each; what did not fit is left out of the tree. */
function problemsIn(sketch: Sketch): string[] {
  return buildNamespaceTree(namespacesOf(sketch)).problems.map(
    ({ id, field, problem }) => `${id}.${field}: ${problem}`,
  );
}

const TEAMS: Sketch = {
  'team-a': ['global', ['*.a.com', 'shared.com']],
  'team-b': ['global', ['b.com', 'b.a.com']],
  'a-web': ['team-a', ['web.a.com']],
  'a-jobs': ['team-a'],
  'a-jobs-night': ['a-jobs', ['*.night.a.com']],
};

describe('a host belongs to the namespace whose pattern matches it most closely', () => {
  const rows: [host: string, holder: string][] = [
    ['x.a.com', 'team-a'],
    ['y.x.a.com', 'team-a'],
    ['shared.com', 'team-a'],
    ['a.com', 'global'],
    ['web.a.com', 'a-web'],
    ['x.web.a.com', 'team-a'],
    ['b.a.com', 'team-b'],
    ['x.b.a.com', 'team-a'],
    ['b.com', 'team-b'],
    ['x.b.com', 'global'],
    ['night.a.com', 'team-a'],
    ['x.night.a.com', 'a-jobs-night'],
    ['[::1]', 'global'],
  ];
  for (const [host, holder] of rows)
    test(`${host} is held by ${holder}`, () => assert.deepEqual(holdersIn(TEAMS, [host]), [holder]));

  test('a namespace without hosts of its own shares those of the nearest one above that has some', () => {
    const tree = treeOf(TEAMS);
    assert.equal(nodeOf(tree, 'a-jobs').hostOwner?.id, 'team-a');
    assert.equal(nodeOf(tree, 'a-jobs-night').hostOwner?.id, 'a-jobs-night');
  });

  test('but the * of global is not inherited: hosts are granted in so many words', () => {
    const tree = treeOf({ x: ['global'], y: ['x'], z: ['global', ['*']], 'z-sub': ['z'] });
    assert.equal(nodeOf(tree, 'global').hostOwner?.id, 'global');
    assert.equal(nodeOf(tree, 'x').hostOwner, undefined);
    assert.equal(nodeOf(tree, 'y').hostOwner, undefined);
    assert.equal(nodeOf(tree, 'z-sub').hostOwner?.id, 'z');
  });

  test('a namespace with an empty list of hosts holds none, and gives none', () => {
    const tree = treeOf({ none: ['global', []] });
    assert.equal(nodeOf(tree, 'none').hostOwner?.id, 'none');
    assert.deepEqual(problemsIn({ none: ['global', []], below: ['none', ['a.com']] }), [
      'below.hosts: a.com is not a host of none, whose hosts none and those below it use',
    ]);
  });
});

describe('hosts are granted level by level', () => {
  test('an equal pattern moves down to whom it is given, and may be given on', () => {
    assert.deepEqual(
      holdersIn({ a: ['global', ['*.a.com']], b: ['a', ['*.a.com']], c: ['b', ['*.a.com', 'x.a.com']] }, [
        'x.a.com',
        'y.a.com',
      ]),
      ['c', 'c'],
    );
  });

  test('* may be given on as a whole', () => {
    assert.deepEqual(holdersIn({ a: ['global', ['*']], b: ['a', ['*.com']] }, ['x.com', 'x.org', '[::1]']), [
      'b',
      'a',
      'a',
    ]);
  });

  const rows: [why: string, sketch: Sketch, problems: string[]][] = [
    [
      'a host that the namespace above does not hold',
      { a: ['global', ['a.com']], b: ['a', ['x.a.com']] },
      ['b.hosts: x.a.com is not a host of a, whose hosts a and those below it use'],
    ],
    [
      'a wider pattern than was given',
      { a: ['global', ['x.a.com']], b: ['a', ['*.a.com', '*']] },
      [
        'b.hosts: *.a.com is not a host of a, whose hosts a and those below it use',
        'b.hosts: * is not a host of a, whose hosts a and those below it use',
      ],
    ],
    [
      'what a grandparent holds, past a parent that does not',
      { a: ['global', ['*.a.com']], b: ['a', ['x.a.com']], c: ['b', ['y.a.com']] },
      ['c.hosts: y.a.com is not a host of b, whose hosts b and those below it use'],
    ],
    [
      'what another branch holds by the same pattern',
      { a: ['global', ['*.a.com']], b: ['global', ['x.a.com']], c: ['a', ['x.a.com']] },
      ['c.hosts: b already owns x.a.com'],
    ],
    [
      'what another branch holds more closely',
      { a: ['global', ['*.a.com']], b: ['global', ['*.x.a.com']], c: ['a', ['y.x.a.com', '*.z.x.a.com']] },
      ['c.hosts: y.x.a.com belongs to b', 'c.hosts: *.z.x.a.com belongs to b'],
    ],
    [
      'what a sibling has been given',
      { a: ['global', ['x.com']], b: ['global', ['x.com']] },
      ['b.hosts: a already owns x.com'],
    ],
    [
      'the same pattern in a deeper place of another branch',
      { a: ['global', ['*.com']], b: ['a', ['x.com']], c: ['b', ['x.com']], z: ['global', ['x.com']] },
      [
        'b.hosts: z already owns x.com',
        'c.hosts: x.com is not a host of b, whose hosts b and those below it use',
      ],
    ],
    [
      'what the * of global covers, past a parent without hosts',
      { a: ['global'], b: ['a', ['x.com']], c: ['b', ['y.x.com']] },
      [
        'b.hosts: a has no hosts to grant: grant x.com to it first',
        'c.hosts: y.x.com is not a host of b, whose hosts b and those below it use',
      ],
    ],
  ];
  for (const [why, sketch, problems] of rows)
    test(`refused: ${why}`, () => assert.deepEqual(problemsIn(sketch), problems));

  test('the namespace above may give one child what lies within what it gave to another', () => {
    const sketch: Sketch = { a: ['global', ['*.com']], b: ['a', ['*.x.com']], c: ['a', ['y.x.com']] };
    assert.deepEqual(holdersIn(sketch, ['y.x.com', 'z.x.com', 'x.com']), ['c', 'b', 'a']);
    // Whichever of the two is looked at first.
    assert.deepEqual(
      holdersIn({ a: ['global', ['*.com']], z: ['a', ['*.x.com']], c: ['a', ['y.x.com']] }, [
        'y.x.com',
        'z.x.com',
      ]),
      ['c', 'z'],
    );
  });

  test('what is refused leaves the rest of the tree as it is', () => {
    const { tree } = buildNamespaceTree(
      namespacesOf({ ...TEAMS, thief: ['team-a', ['b.com', 'thief.a.com']] }),
    );
    assert.deepEqual(nodeOf(tree, 'thief').allowedHosts, ['thief.a.com']);
    assert.equal(tree.hostOwnerOf('b.com').id, 'team-b');
    assert.equal(tree.hostOwnerOf('thief.a.com').id, 'thief');
  });
});

describe('a stored grant that was never its parent’s to give', () => {
  const { tree } = storedTree({ a: ['global'], b: ['a', ['x.com', '*.x.com']], c: ['b', ['y.x.com']] });

  test('keeps its hosts from all others, but counts for nothing', () => {
    for (const [host, holder] of [
      ['x.com', 'b'],
      ['z.x.com', 'b'],
      ['y.x.com', 'c'],
    ] as const) {
      assert.equal(tree.hostOwnerOf(host).id, holder);
      assert.ok(tree.hostOwnerOf(host).isUngranted);
    }
    assert.equal(tree.hostOwnerOf('other.com').id, 'global');
  });

  test('gives way to a grant that counts, wherever that is, and makes neither faulty', () => {
    const { tree } = storedTree({
      a: ['global'],
      b: ['a', ['x.com', 'y.com']],
      team: ['global', ['*.com', 'y.com']],
      mid: ['team'],
      deep: ['mid', ['x.com']],
    });
    assert.equal(tree.hostOwnerOf('x.com').id, 'deep');
    assert.equal(tree.hostOwnerOf('y.com').id, 'team');
    for (const id of ['b', 'team', 'deep']) assert.equal(nodeOf(tree, id).fault, undefined, id);
  });

  test('makes no namespace faulty', () =>
    assert.deepEqual(
      [...tree.nodes.values()].map(({ fault }) => fault),
      [undefined, undefined, undefined, undefined],
    ));
});

describe('every namespace has a way up to global', () => {
  const rows: [why: string, sketch: Sketch, problems: string[]][] = [
    ['an unknown parent', { a: ['b'] }, ['a.parent: b is not a namespace below global']],
    ['itself as a parent', { a: ['a'] }, ['a.parent: a is not a namespace below global']],
    [
      'a cycle',
      { a: ['c'], b: ['a'], c: ['b'] },
      [
        'a.parent: c is not a namespace below global',
        'b.parent: a is not a namespace below global',
        'c.parent: b is not a namespace below global',
      ],
    ],
  ];
  for (const [why, sketch, problems] of rows)
    test(`refused: ${why}`, () => {
      assert.deepEqual(problemsIn(sketch).sort(), problems);
      const { tree } = buildNamespaceTree(namespacesOf({ ...sketch, fine: ['global', ['fine.com']] }));
      assert.deepEqual([...tree.nodes.keys()].sort(), ['fine', 'global']);
    });

  test('refused: no parent', () => {
    const { problems } = buildNamespaceTree([Namespace.parse({ id: 'a' })]);
    assert.deepEqual(problems, [{ id: 'a', field: 'parent', problem: 'a parent is required' }]);
  });
});

describe('global', () => {
  test('is there, holds every host and enforces, without being written', () => {
    const { tree } = buildNamespaceTree([]);
    const global = nodeOf(tree, 'global');
    assert.equal(tree.hostOwnerOf('any.example.com'), global);
    assert.equal(global.enforcement, 'enforce');
    assert.equal(global.depth, 0);
  });

  test('may be written for its name, policies and enforcement', () => {
    const { tree, problems } = buildNamespaceTree([
      Namespace.parse({ id: 'global', enforcement: 'observe', name: 'All' }),
    ]);
    assert.deepEqual(problems, []);
    assert.equal(nodeOf(tree, 'global').enforcement, 'observe');
    assert.equal(tree.hostOwnerOf('x.com').namespace.name, 'All');
  });

  test('has no parent and no hosts of its own', () => {
    const { tree, problems } = buildNamespaceTree([
      Namespace.parse({ id: 'global', parent: 'a', hosts: ['x.com'] }),
      Namespace.parse({ id: 'a', parent: 'global' }),
    ]);
    assert.deepEqual(
      problems.map(({ id, field }) => `${id}.${field}`),
      ['global.parent', 'global.hosts'],
    );
    assert.equal(tree.hostOwnerOf('y.com').id, 'global');
    assert.equal(nodeOf(tree, 'a').parent?.id, 'global');
  });
});

test('the namespace that set the enforcement is the nearest from here up that says one', () => {
  const { tree } = buildNamespaceTree(
    [
      { id: 'a', parent: 'global' },
      { id: 'b', parent: 'a', enforcement: 'observe' },
      { id: 'c', parent: 'b' },
      { id: 'd', parent: 'c', enforcement: 'observe' },
    ].map((value) => Namespace.parse(value)),
  );
  assert.deepEqual(
    ['global', 'a', 'b', 'c', 'd'].map((id) => nodeOf(tree, id).enforcementSetter.id),
    ['global', 'global', 'b', 'b', 'd'],
  );
});

test('enforcement is what the nearest namespace from here up says', () => {
  const { tree } = buildNamespaceTree(
    [
      { id: 'global', enforcement: 'observe' },
      { id: 'a', parent: 'global' },
      { id: 'b', parent: 'a', enforcement: 'enforce' },
      { id: 'c', parent: 'b' },
      { id: 'd', parent: 'c', enforcement: 'observe' },
    ].map((value) => Namespace.parse(value)),
  );
  assert.deepEqual(
    ['global', 'a', 'b', 'c', 'd'].map((id) => nodeOf(tree, id).enforcement),
    ['observe', 'observe', 'enforce', 'enforce', 'observe'],
  );
});

test('within is the namespace itself and those below, and nothing else', () => {
  const tree = treeOf(TEAMS);
  const within = (node: string, above: string) => isWithin(nodeOf(tree, node), nodeOf(tree, above));
  assert.ok(within('a-jobs-night', 'a-jobs-night'));
  assert.ok(within('a-jobs-night', 'a-jobs'));
  assert.ok(within('a-jobs-night', 'team-a'));
  assert.ok(within('a-jobs-night', 'global'));
  assert.ok(!within('a-jobs-night', 'a-web'));
  assert.ok(!within('a-jobs-night', 'team-b'));
  assert.ok(!within('team-a', 'a-jobs'));
  assert.ok(!within('global', 'team-a'));
  assert.deepEqual(
    [...ancestors(nodeOf(tree, 'a-jobs-night'))].map(({ id }) => id),
    ['a-jobs-night', 'a-jobs', 'team-a', 'global'],
  );
});

const IDS = ['a', 'b', 'c', 'd', 'e', 'f'];
const host = fc
  .array(fc.constantFrom('x', 'y', 'com'), { minLength: 1, maxLength: 3 })
  .map((labels) => labels.join('.'));
const pattern = fc.oneof(
  host,
  host.map((suffix) => `*.${suffix}`),
  fc.constant('*'),
);
const randomNamespaces = fc
  .tuple(
    ...IDS.map((id) =>
      fc.record({
        id: fc.constant(id),
        parent: fc.oneof({ weight: 2, arbitrary: fc.constant('global') }, fc.constantFrom(...IDS)),
        hosts: fc.option(fc.uniqueArray(pattern, { maxLength: 3 }), { nil: undefined }),
      }),
    ),
  )
  .map((all) => all.map(({ hosts, ...rest }) => Namespace.parse(hosts ? { ...rest, hosts } : rest)));

describe('properties of random trees', () => {
  test('every host has one holder, which holds it by a pattern that matches', () =>
    fc.assert(
      fc.property(randomNamespaces, fc.array(host), (namespaces, hosts) => {
        const { tree } = buildNamespaceTree(namespaces);
        for (const each of hosts) {
          const holder = tree.hostOwnerOf(each);
          assert.equal(tree.nodes.get(holder.id), holder);
          assert.ok(holder.allowedHosts.some((granted) => patternCovers(granted, each)));
          // No namespace has a closer pattern, but where an equal one moved on below.
          for (const node of tree.nodes.values())
            for (const granted of node.allowedHosts.filter((p) => patternCovers(p, each)))
              if (!holder.allowedHosts.some((p) => patternCovers(granted, p) && patternCovers(p, each)))
                assert.fail(`${node.id} holds ${each} more closely, by ${granted}, than ${holder.id}`);
        }
      }),
      { numRuns: 1000 },
    ));

  test('the order in which namespaces are given changes nothing', () =>
    fc.assert(
      fc.property(
        randomNamespaces.chain((all) =>
          fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
        ),
        fc.array(host),
        ([all, shuffled], hosts) => {
          const one = buildNamespaceTree(all);
          const other = buildNamespaceTree(shuffled);
          for (const each of hosts)
            assert.equal(one.tree.hostOwnerOf(each).id, other.tree.hostOwnerOf(each).id);
          const sorted = (problems: typeof one.problems) =>
            problems.map((problem) => JSON.stringify(problem)).sort();
          assert.deepEqual(sorted(one.problems), sorted(other.problems));
        },
      ),
      { numRuns: 1000 },
    ));

  test('a namespace never holds a host that those above it, one after the other, do not cover', () =>
    fc.assert(
      fc.property(randomNamespaces, fc.array(host), (namespaces, hosts) => {
        const { tree } = buildNamespaceTree(namespaces);
        for (const each of hosts)
          for (let node = tree.hostOwnerOf(each); node.parent; ) {
            const giver = node.parent.parent ? node.parent.hostOwner : node.parent;
            assert.ok(giver, `${node.id} holds ${each}, of nobody`);
            assert.ok(
              giver.allowedHosts.some((p) => patternCovers(p, each)),
              `${node.id} holds ${each}`,
            );
            node = giver;
          }
      }),
      { numRuns: 1000 },
    ));

  test('whatever is added below a namespace that has hosts, no host changes hands that was not its own', () =>
    fc.assert(
      fc.property(randomNamespaces, fc.array(host), (namespaces, hosts) => {
        const outside = buildNamespaceTree(namespaces).tree;
        for (const team of [...outside.nodes.values()].filter(
          ({ id, hostOwner: holder }) => id !== 'global' && holder?.id === id,
        )) {
          const below = namespaces.map((namespace) =>
            Namespace.parse({
              ...namespace,
              id: `new-${namespace.id}`,
              parent: namespace.parent === 'global' ? team.id : `new-${namespace.parent}`,
            }),
          );
          const { tree } = buildNamespaceTree([...namespaces, ...below]);
          for (const each of hosts) {
            const before = outside.hostOwnerOf(each);
            const after = tree.hostOwnerOf(each);
            if (before.id !== after.id)
              assert.ok(isWithin(after, nodeOf(tree, team.id)) && isWithin(before, team));
          }
        }
      }),
      { numRuns: 500 },
    ));
});

test('the hosts of the properties are hosts', () =>
  fc.assert(fc.property(host, (each) => assert.equal(normalizeHost(each), each))));
