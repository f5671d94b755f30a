// Hosts below global are granted explicitly, which holds when a resource is written; docs/decisions/0009.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { parseResources } from '../../../src/manifests/parse-resources.ts';
import { API_VERSION, ResourceError } from '../../../src/manifests/resource.ts';
import { lintHosts } from '../../../src/operations/lint-hosts.ts';
import { World } from '../../support/check-world.ts';

const MESH = `
{ kind: Policy, id: all, namespace: global, ppl: { allow: { or: [accept: true] } } }
---
{ kind: Namespace, id: bare, parent: global }
---
{ kind: Namespace, id: other-bare, parent: global }
---
{ kind: Namespace, id: team, parent: global, hosts: [team.com, '*.team.com', bank.com] }
---
{ kind: Namespace, id: sub, parent: team }
---
{ kind: Namespace, id: own, parent: team, hosts: [own.team.com] }
---
{ kind: Route, id: bank, namespace: team, hosts: [bank.com], policies: [all] }
---
{ kind: Route, id: wild, namespace: team, hosts: ['*.team.com'], path: { prefix: /wild }, policies: [all] }
---
{ kind: Route, id: sub, namespace: sub, hosts: [sub.team.com], policies: [all] }
---
{ kind: Route, id: own, namespace: own, path: { prefix: /own }, policies: [all] }
`;

let world: World;
beforeEach(async () => {
  world = await World.open(MESH);
});
afterEach(() => world.close());

async function refusals(yaml: string): Promise<string[]> {
  try {
    await world.apply(yaml);
    return [];
  } catch (error) {
    assert.ok(error instanceof ResourceError, String(error));
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
}

describe('what is written', () => {
  const rows: [what: string, yaml: string, refusals: (string | RegExp)[]][] = [
    [
      'a route on a host that another namespace holds, from one without hosts',
      '{ kind: Route, id: thief, namespace: bare, hosts: [bank.com], policies: [all] }',
      [
        'Route thief: hosts[0]: bank.com is not granted to namespace bare, which may use no host; team holds it',
      ],
    ],
    [
      'a route on a host that only global holds, from one without hosts',
      "{ kind: Route, id: thief, namespace: bare, hosts: [free.com, '*'], policies: [all] }",
      [/hosts\[0\]: free\.com is not granted .*; global holds it$/, /hosts\[1\]: \* is not granted/],
    ],
    [
      'a route on a host that the namespace was granted and a child holds',
      '{ kind: Route, id: thief, namespace: team, hosts: [own.team.com], policies: [all] }',
      [/own\.team\.com is not granted to namespace team, .*; own holds it$/],
    ],
    [
      'a route for Envoy to name, without hosts',
      '{ kind: Route, id: by-id, namespace: bare, policies: [all] }',
      [],
    ],
    [
      'a grant from a namespace that has no hosts',
      '{ kind: Namespace, id: x, parent: bare, hosts: [x.com] }',
      ['Namespace x: hosts: bare has no hosts to grant: grant x.com to it first'],
    ],
    [
      'a grant and a route on it at once',
      '{ kind: Namespace, id: bare, parent: global, hosts: [x.com] }\n---\n{ kind: Route, id: x, namespace: bare, hosts: [x.com], policies: [all] }',
      [],
    ],
  ];
  for (const [what, yaml, expected] of rows)
    test(`${what}: ${expected.length === 0 ? 'taken' : 'refused'}`, async () => {
      const told = await refusals(yaml);
      assert.equal(told.length, expected.length, told.join('\n'));
      for (const [index, each] of expected.entries())
        if (typeof each === 'string') assert.equal(told[index], each);
        else assert.match(told[index] ?? '', each);
    });

  test('two namespaces without hosts take nothing from each other', async () => {
    for (const namespace of ['bare', 'other-bare'])
      assert.deepEqual(
        await refusals(
          `{ kind: Route, id: in-${namespace}, namespace: ${namespace}, path: { prefix: /x }, policies: [all] }`,
        ),
        [],
      );
    for (const namespace of ['bare', 'other-bare']) {
      const decision = world.decide({ host: 'free.com', path: '/x', ext: { route_id: `in-${namespace}` } });
      assert.equal(decision.binding?.namespace.id, namespace);
    }
  });
});

describe('a change of grants that strands a route', () => {
  const rows: [what: string, yaml: string, refusal: RegExp | undefined][] = [
    [
      'a host taken away',
      "{ kind: Namespace, id: team, parent: global, hosts: [team.com, '*.team.com'] }",
      /would take bank\.com from route bank of namespace team/,
    ],
    [
      'all hosts taken away',
      '{ kind: Namespace, id: team, parent: global, hosts: [] }',
      /would break|not a host/,
    ],
    [
      'a host given to a child',
      '{ kind: Namespace, id: sub, parent: team, hosts: [bank.com, sub.team.com] }',
      /would take bank\.com from route bank/,
    ],
    [
      'a host given to another namespace',
      '{ kind: Namespace, id: sub, parent: team, hosts: [x.team.com] }',
      /would take sub\.team\.com from route sub/,
    ],
    [
      'a namespace moved away from its hosts',
      '{ kind: Namespace, id: sub, parent: bare }',
      /would take sub\.team\.com from route sub/,
    ],
    [
      'the hosts of a route without hosts',
      '{ kind: Namespace, id: own, parent: team, hosts: [] }',
      /would take every host from route own/,
    ],
    [
      'a host given to a child that a pattern covers',
      '{ kind: Namespace, id: sub, parent: team, hosts: [sub.team.com, y.team.com] }',
      undefined,
    ],
    [
      'another name',
      "{ kind: Namespace, id: team, parent: global, name: Team, hosts: [team.com, '*.team.com', bank.com] }",
      undefined,
    ],
    [
      'one that fixes the route as well',
      "{ kind: Namespace, id: team, parent: global, hosts: [team.com, '*.team.com'] }\n---\n{ kind: Route, id: bank, namespace: team, hosts: [team.com], policies: [all] }",
      undefined,
    ],
  ];
  for (const [what, yaml, refusal] of rows)
    test(`${what}: ${refusal ? 'refused' : 'taken'}`, async () => {
      const told = await refusals(yaml);
      if (!refusal) assert.deepEqual(told, []);
      else assert.match(told.join('\n'), refusal);
    });
});

describe('what an earlier build stored', () => {
  beforeEach(async () => {
    await world.write(
      { kind: 'route', id: 'old' },
      { id: 'old', namespace: 'bare', hosts: ['old.com'], policies: ['all'] },
    );
    await world.write(
      { kind: 'namespace', id: 'given' },
      { id: 'given', parent: 'bare', hosts: ['given.com'] },
    );
    await world.write(
      { kind: 'route', id: 'given' },
      { id: 'given', namespace: 'given', hosts: ['given.com'], policies: ['all'] },
    );
  });

  test('is not found, whatever unmatched says', () => {
    world.settings = { ...world.settings, unmatched: world.snapshot.tree.nodes.get('team')?.id };
    for (const host of ['old.com', 'given.com'])
      assert.equal(world.answer({ host }), 'not-found: route-not-found', host);
  });

  test('is reported', () =>
    assert.deepEqual(world.snapshot.faults.map(({ kind, id }) => `${kind} ${id}`).sort(), [
      'namespace given',
      'route given',
      'route old',
    ]));

  test('blocks no other change', async () => {
    assert.deepEqual(await refusals('{ kind: Namespace, id: sub, parent: team, name: Sub }'), []);
    assert.deepEqual(
      await refusals('{ kind: Namespace, id: given, parent: bare, hosts: [given.com], name: Given }'),
      [],
    );
    assert.deepEqual(await refusals('{ kind: Namespace, id: new, parent: global, hosts: [new.com] }'), []);
  });

  test('is matched again once the hosts are granted', async () => {
    assert.deepEqual(
      await refusals('{ kind: Namespace, id: bare, parent: global, hosts: [old.com, given.com] }'),
      [],
    );
    for (const host of ['old.com', 'given.com']) assert.equal(world.answer({ host }), 'allow: accept', host);
    assert.deepEqual(world.snapshot.faults, []);
  });
});

test('lint names the hosts that were not granted, as far as the files tell', () => {
  const file = (yaml: string) => ({
    file: 'export.yaml',
    text: yaml
      .split('\n---\n')
      .map((document) => `apiVersion: ${API_VERSION}\n${document}`)
      .join('\n---\n'),
  });
  const text = [
    'kind: Namespace\nid: bare\nparent: global',
    'kind: Namespace\nid: given\nparent: bare\nhosts: [given.com]',
    'kind: Route\nid: old\nnamespace: bare\nhosts: [old.com]',
    'kind: Route\nid: by-id\nnamespace: bare',
    'kind: Namespace\nid: partial\nparent: not-in-the-file',
    'kind: Route\nid: partial\nnamespace: partial\nhosts: [p.com]',
  ].join('\n---\n');
  assert.ok(parseResources([file(text)]).length > 0);
  assert.deepEqual(
    lintHosts([file(text)]).map(({ severity, path, message }) => `${severity}: ${path}: ${message}`),
    [
      'error: Namespace given: hosts: bare has no hosts to grant: grant given.com to it first',
      'error: Route old: hosts[0]: old.com is not granted to namespace bare, which may use no host; global holds it',
      'warning: Route by-id: namespace bare has no hosts, so it is matched only if Envoy names it',
    ],
  );
});
