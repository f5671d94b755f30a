import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { ResourceError } from '../../../src/manifests/resource.ts';
import { Reader } from '../../../src/operations/reader.ts';
import { Route } from '../../../src/routes/route-schema.ts';
import { World } from '../../support/check-world.ts';

const ALLOW = '{ allow: { or: [accept: true] } }';
const MESH = `
{ kind: Namespace, id: team-a, parent: global, hosts: [a.com, '*.a.com'], default_policies: [p-top] }
---
{ kind: Namespace, id: a-sub, parent: team-a }
---
{ kind: Namespace, id: team-b, parent: global, hosts: [b.com] }
---
{ kind: Policy, id: p-top, namespace: global, ppl: ${ALLOW} }
---
{ kind: Policy, id: p-a, namespace: team-a, ppl: ${ALLOW} }
---
{ kind: Policy, id: p-b, namespace: team-b, ppl: ${ALLOW} }
---
{ kind: Route, id: r-a, namespace: a-sub, hosts: [x.a.com], path: { prefix: /v1 }, policies: [p-a, p-top] }
---
{ kind: DirectoryUser, id: dora, groups: [ops] }
---
{ kind: DirectoryGroup, id: ops, name: Ops }
---
{ kind: ServiceAccount, id: bot, namespace: team-a, user_id: bot@a }
---
{ kind: ServiceAccount, id: stand-in, namespace: team-a, impersonate: dora }
---
{ kind: ServiceAccount, id: old, namespace: team-a, user_id: old, pomerium: true }
`;

let world: World;
beforeEach(async () => {
  world = await World.open(MESH);
});
afterEach(() => world.close());

const revision = async () => (await world.store.position()).revision;

/** What an apply is refused for; nothing may have been written. */
async function problemsOf(yaml: string): Promise<string[]> {
  const before = await revision();
  try {
    await world.apply(yaml);
  } catch (error) {
    assert.ok(error instanceof ResourceError, String(error));
    assert.equal(await revision(), before, 'nothing was written');
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
  return [];
}

describe('applying', () => {
  test('the same again changes nothing and writes nothing', async () => {
    const before = await revision();
    const changes = await world.apply(MESH);
    assert.equal(changes.length, 12);
    assert.deepEqual(new Set(changes.map(({ action }) => action)), new Set(['unchanged']));
    assert.equal(await revision(), before);
  });

  test('tells what it made, changed and left', async () => {
    const changes = await world.apply(`
{ kind: Namespace, id: team-b, parent: global, hosts: [b.com] }
---
{ kind: Route, id: r-a, namespace: a-sub, hosts: [y.a.com], policies: [p-a] }
---
{ kind: Route, id: r-b, namespace: team-b, policies: [p-b] }
---
{ kind: ServiceAccount, id: bot, namespace: team-a, user_id: bot@a, disabled: true }`);
    assert.deepEqual(
      changes.map(({ action, kind, id }) => `${action} ${kind} ${id}`),
      ['unchanged Namespace team-b', 'update Route r-a', 'create Route r-b', 'update ServiceAccount bot'],
    );
  });

  test('is one commit', async () => {
    const before = await revision();
    await world.apply('{ kind: DirectoryGroup, id: a }\n---\n{ kind: DirectoryGroup, id: b }');
    assert.equal(await revision(), before + 1);
  });

  test('what needs one another may come in any order', async () => {
    await world.apply(`
{ kind: ServiceAccount, id: new, namespace: new, impersonate: new-user }
---
{ kind: Route, id: new, namespace: new, hosts: [new.b.com], policies: [new] }
---
{ kind: Policy, id: new, namespace: new-parent, ppl: ${ALLOW} }
---
{ kind: Namespace, id: new, parent: new-parent }
---
{ kind: Namespace, id: new-parent, parent: global, hosts: [new.b.com] }
---
{ kind: DirectoryUser, id: new-user }`);
    assert.equal(world.answer({ host: 'new.b.com' }), 'allow: accept');
  });

  test('an account that changes keeps its credentials and the time it was made', async () => {
    await world.apply(
      '{ kind: ServiceAccount, id: old, namespace: team-a, user_id: old, pomerium: true, description: seen }',
    );
    const account = await new Reader(world.store).find('service_account', 'old');
    assert.deepEqual(account?.credentials, ['old']);
    assert.equal(account.created_at, '2026-06-01T12:00:00.000Z');
  });
});

describe('one mistake refuses all, and every mistake is told', () => {
  test('with nothing written', async () =>
    assert.deepEqual(
      await problemsOf(`
{ kind: DirectoryGroup, id: fine }
---
{ kind: Route, id: r-1, namespace: nowhere }
---
{ kind: Route, id: r-2, namespace: team-b, hosts: [b.com, a.com], policies: [p-a, none] }
---
{ kind: ServiceAccount, id: s-1, namespace: nowhere, user_id: dora }`),
      [
        'Route r-1: namespace: there is no namespace nowhere',
        'Route r-2: hosts[1]: a.com is not granted to namespace team-b, which may use b.com; team-a holds it',
        'Route r-2: policies[0]: policy p-a belongs to team-a, which is neither team-b nor a namespace above it',
        'Route r-2: policies[1]: there is no policy none',
        'ServiceAccount s-1: namespace: there is no namespace nowhere',
        'ServiceAccount s-1: user_id: dora is a directory user: impersonate it, or choose another',
      ],
    ));
});

describe('a name of a directory user', () => {
  test('that another user has is refused, as an id and as a user name', async () =>
    assert.deepEqual(
      await problemsOf(`
{ kind: DirectoryUser, id: eve, user_name: dora }
---
{ kind: DirectoryUser, id: u-1, user_name: frank }
---
{ kind: DirectoryUser, id: frank }`),
      [
        'DirectoryUser eve: user_name: dora is the name of directory user dora already',
        'DirectoryUser u-1: user_name: frank is the name of directory user frank already',
        'DirectoryUser frank: id: frank is the name of directory user u-1 already',
      ],
    ));
});

describe('a route that no request can match', () => {
  const route = (id: string, path: object, fields: object = {}) => ({
    ...{ id, namespace: 'team-b', hosts: ['b.com'], path, ...fields },
  });
  const text = (spec: object) => JSON.stringify({ kind: 'Route', ...spec });

  test('is refused when it is written, with the field and the reason', async () =>
    assert.deepEqual(
      await problemsOf(
        [
          ...[{ exact: '/x;v=1' }, { prefix: '/x//y' }, { exact: '/x/../y' }, { prefix: '/x/*' }],
          { regex: '/x//.*' },
        ]
          .map((path, index) => text(route(`never-${index}`, path)))
          .join('\n---\n'),
      ),
      [
        'Route never-0: path.exact: no request matches it: it holds a semicolon, and the route does not say "path_parameters: keep"',
        'Route never-1: path.prefix: no request matches it: it holds an empty segment',
        'Route never-2: path.exact: no request matches it: it holds a dot segment',
        'Route never-3: path.prefix: "*" is not a wildcard in a path: a prefix covers everything below it, and {regex: expression} takes a pattern',
        'Route never-4: path.regex: no request matches it: it holds an empty segment',
      ],
    ));

  test('and is stored already is read, applied again unchanged, and refused once it changes', async () => {
    const stored = route('never', { exact: '/x//y' });
    await world.write({ kind: 'route', id: 'never' }, Route.parse(stored));
    assert.deepEqual(world.snapshot.faults, []);
    assert.equal((await world.apply(text(stored)))[0]?.action, 'unchanged');
    const changed = text({ ...stored, policies: ['p-top'] });
    assert.deepEqual(await problemsOf(changed), [
      'Route never: path.exact: no request matches it: it holds an empty segment',
    ]);
    await world.write({ kind: 'route', id: 'never' }, undefined);
  });
});

describe('what is refused', () => {
  const rows: [what: string, yaml: string, problems: (string | RegExp)[]][] = [
    [
      'a namespace without a parent',
      '{ kind: Namespace, id: n }',
      ['Namespace n: parent: a parent is required'],
    ],
    [
      'a namespace below none',
      '{ kind: Namespace, id: n, parent: nowhere }',
      [/^Namespace n: parent: nowhere is not a namespace below global/],
    ],
    [
      'a namespace below itself',
      '{ kind: Namespace, id: n, parent: n }',
      [/^Namespace n: parent: n is not a namespace below global/],
    ],
    [
      'a cycle made of one that stood',
      "{ kind: Namespace, id: team-a, parent: a-sub, hosts: [a.com, '*.a.com'] }",
      [
        /^Namespace team-a: would break namespace a-sub: parent: team-a is not a namespace below global/,
        /^Namespace team-a: parent: a-sub is not a namespace below global/,
      ],
    ],
    [
      'a parent or hosts of global',
      '{ kind: Namespace, id: global, parent: team-a, hosts: [x.com] }',
      [
        'Namespace global: parent: global is the root and has no parent',
        'Namespace global: hosts: global owns every host: omit its hosts',
      ],
    ],
    [
      "another namespace's host",
      '{ kind: Namespace, id: n, parent: team-a, hosts: [b.com] }',
      [/^Namespace n: hosts: b.com is not a host of team-a/],
    ],
    [
      'a host that is held by a sibling',
      '{ kind: Namespace, id: z, parent: global, hosts: [b.com] }',
      ['Namespace z: hosts: team-b already owns b.com'],
    ],
    [
      'the same, by one whose id comes before',
      '{ kind: Namespace, id: a, parent: global, hosts: [b.com] }',
      ['Namespace a: would break namespace team-b: hosts: a already owns b.com'],
    ],
    [
      'taking back what was given on',
      '{ kind: Namespace, id: given, parent: team-a, hosts: [x.a.com] }\n---\n{ kind: Namespace, id: team-a, parent: global, hosts: [a.com] }',
      [/^Namespace given: hosts: x.a.com is not a host of team-a/],
    ],
    [
      'a route on a host of another',
      '{ kind: Route, id: r, namespace: a-sub, hosts: [b.com] }',
      [
        'Route r: hosts[0]: b.com is not granted to namespace a-sub, which may use a.com, *.a.com; team-b holds it',
      ],
    ],
    [
      'a policy that does not compile',
      '{ kind: Policy, id: p, namespace: team-a, ppl: { alow: { or: [] } } }',
      [/^Policy p: ppl.*alow: expected allow or deny/],
    ],
    [
      'a policy whose text does not compile',
      '{ kind: Policy, id: p, namespace: team-a, ppl: "allow:\\n  or:\\n    - acept: true\\n" }',
      [/^Policy p: ppl.*: .*\(line 3, column \d+ of ppl\)$/],
    ],
    [
      'a policy of no namespace',
      `{ kind: Policy, id: p, namespace: nowhere, ppl: ${ALLOW} }`,
      ['Policy p: namespace: there is no namespace nowhere'],
    ],
    [
      'a policy of a namespace below',
      '{ kind: Namespace, id: global, default_policies: [p-a] }',
      [/^Namespace global: default_policies\[0\]: policy p-a belongs to team-a/],
    ],
    [
      'moving a policy away from who names it',
      `{ kind: Policy, id: p-a, namespace: team-b, ppl: ${ALLOW} }`,
      [/^Policy p-a: would break Route r-a: policies\[0\]: policy p-a belongs to team-b/],
    ],
    [
      'moving a route away from its policies',
      '{ kind: Route, id: r-a, namespace: team-b, hosts: [b.com], policies: [p-a] }',
      [/^Route r-a: policies\[0\]: policy p-a belongs to team-a/],
    ],
    [
      'moving a namespace away from the policies of its routes',
      '{ kind: Namespace, id: a-sub, parent: team-b }',
      [/^Namespace a-sub: would take x\.a\.com from route r-a/, /would break Route r-a/],
    ],
    [
      'two routes for the same',
      '{ kind: Route, id: r-2, namespace: team-a, hosts: [x.a.com], path: { prefix: /v1 } }',
      ['Route r-2: path: route r-a has the same path on x.a.com'],
    ],
    [
      'two routes for the same but for a slash',
      '{ kind: Route, id: r-2, namespace: team-a, hosts: [x.a.com], path: { prefix: /v1/ } }',
      ['Route r-2: path: route r-a has the same path on x.a.com'],
    ],
    [
      'two routes for all hosts',
      '{ kind: Route, id: r-2, namespace: team-b }\n---\n{ kind: Route, id: r-3, namespace: team-b, hosts: ["*"] }',
      ['Route r-3: path: route r-2 has the same path on the same hosts'],
    ],
    [
      'an account of no namespace',
      '{ kind: ServiceAccount, id: s, namespace: nowhere, user_id: s }',
      ['ServiceAccount s: namespace: there is no namespace nowhere'],
    ],
    [
      'a user ID that was given',
      '{ kind: ServiceAccount, id: s, namespace: team-b, user_id: bot@a }',
      ['ServiceAccount s: user_id: bot@a was given to service account bot, and is never given twice'],
    ],
    [
      'a user ID given twice at once',
      '{ kind: ServiceAccount, id: s-1, namespace: team-b, user_id: s }\n---\n{ kind: ServiceAccount, id: s-2, namespace: team-a, user_id: s }',
      ['ServiceAccount s-2: user_id: s was given to service account s-1, and is never given twice'],
    ],
    [
      'the user ID of a directory user',
      '{ kind: ServiceAccount, id: s, namespace: team-b, user_id: dora }',
      ['ServiceAccount s: user_id: dora is a directory user: impersonate it, or choose another'],
    ],
    [
      'one that is made at once',
      '{ kind: DirectoryUser, id: both }\n---\n{ kind: ServiceAccount, id: s, namespace: team-b, user_id: both }',
      ['ServiceAccount s: user_id: both is a directory user: impersonate it, or choose another'],
    ],
    [
      'a directory user by the user ID of an account',
      '{ kind: DirectoryUser, id: bot@a }',
      ['DirectoryUser bot@a: id: is the user ID of service account bot, and is never given twice'],
    ],
    [
      'standing for nobody',
      '{ kind: ServiceAccount, id: s, namespace: team-b, impersonate: nobody }',
      ['ServiceAccount s: impersonate: there is no directory user nobody'],
    ],
    [
      'standing for an account',
      '{ kind: ServiceAccount, id: s, namespace: team-b, impersonate: bot@a }',
      ['ServiceAccount s: impersonate: there is no directory user bot@a'],
    ],
    [
      'another user ID for an account',
      '{ kind: ServiceAccount, id: bot, namespace: team-a, user_id: other }',
      [
        "ServiceAccount bot: user_id: can't change (it was user_id: bot@a): its tokens name it; make another account",
      ],
    ],
    [
      'an account that turns to impersonate',
      '{ kind: ServiceAccount, id: bot, namespace: team-a, impersonate: dora }',
      [
        "ServiceAccount bot: impersonate: can't change (it was user_id: bot@a): its tokens name it; make another account",
      ],
    ],
    [
      'an account that ceases to impersonate',
      '{ kind: ServiceAccount, id: stand-in, namespace: team-a, user_id: stand-in }',
      [
        "ServiceAccount stand-in: user_id: can't change (it was impersonate: dora): its tokens name it; make another account",
      ],
    ],
  ];
  for (const [what, yaml, expected] of rows)
    test(what, async () => {
      const problems = await problemsOf(yaml);
      assert.equal(problems.length, expected.length, problems.join('\n'));
      for (const [index, line] of expected.entries())
        if (typeof line === 'string') assert.equal(problems[index], line);
        else assert.match(problems[index] ?? '', line);
    });

  test('an account by the id of a credential', async () => {
    await world.addCredential('c-1', 'bot');
    assert.deepEqual(
      await problemsOf(
        '{ kind: ServiceAccount, id: c-1, namespace: team-b, user_id: thief, pomerium: true }',
      ),
      ['ServiceAccount c-1: id: is the id of a credential'],
    );
  });
});

describe("Pomerium's own credential", () => {
  const credential = async () => (await world.store.get([{ kind: 'credential', id: 'old' }]))[0]?.value;

  test('is made with an account that is marked for it, and only once', async () => {
    const made = await credential();
    assert.deepEqual(made, {
      id: 'old',
      account: 'old',
      purpose: 'pomerium',
      label: 'made by Pomerium',
      issued_by: { kind: 'machine', user: 'tester', host: 'here' },
      issued_at: '2026-06-01T12:00:00.000Z',
    });
    await world.apply('{ kind: ServiceAccount, id: old, namespace: team-b, user_id: old, pomerium: true }');
    assert.deepEqual(await credential(), made);
  });

  test('stays revoked, whatever is applied', async () => {
    const made = await credential();
    const revoked = { ...Object(made), revoked_at: '2026-06-01T12:00:00.000Z' };
    await world.write({ kind: 'credential', id: 'old' }, revoked);
    for (const pomerium of [false, true])
      await world.apply(
        `{ kind: ServiceAccount, id: old, namespace: team-a, user_id: old, pomerium: ${pomerium} }`,
      );
    assert.deepEqual(await credential(), revoked);
  });

  test('is not made where the account is not marked', async () =>
    assert.deepEqual(await world.store.get([{ kind: 'credential', id: 'bot' }]), [undefined]));
});
