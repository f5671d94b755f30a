// Issue 13, section A: oracles. To a manager, what is hidden answers as what is not there; an id that is taken is a 409.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type AdminWorld, openAdminWorld } from '../support/admin-world.ts';

const MESH = `
{ kind: Policy, id: hid, namespace: global, ppl: { allow: { or: [accept: true] } } }
---
{ kind: Policy, id: known, namespace: global, ppl: { allow: { or: [accept: true] } } }
---
{ kind: Namespace, id: org, parent: global, hosts: ['*.example.com'] }
---
{ kind: Namespace, id: team-a, parent: org, hosts: [a.example.com], default_policies: [known] }
---
{ kind: Namespace, id: shared, parent: org }
---
{ kind: Namespace, id: hid, parent: global, hosts: [hid.example.org] }
---
{ kind: Policy, id: hid-own, namespace: hid, ppl: { allow: { or: [accept: true] } } }
---
{ kind: Policy, id: guard, namespace: global, enforced: true, ppl: { deny: { or: [http_path: { ends_with: never }] } } }
---
{ kind: Route, id: hid, namespace: hid }
---
{ kind: DirectoryGroup, id: hid-group }
---
{ kind: DirectoryUser, id: hid, email: hid@mail.example, groups: [hid-group], claims: { level: [hid-claim] } }
---
{ kind: ServiceAccount, id: hid, namespace: hid, user_id: hid-account }
---
{ kind: RoleBinding, id: hid, account: hid, role: viewer, namespace: hid }
---
{ kind: ServiceAccount, id: mia, namespace: team-a, user_id: mia }
---
{ kind: RoleBinding, id: mia, account: mia, role: manager, namespace: team-a }
---
{ kind: ServiceAccount, id: al, namespace: team-a, user_id: al }
---
{ kind: RoleBinding, id: al, account: al, role: admin, namespace: team-a }
---
{ kind: ServiceAccount, id: as-hid, namespace: team-a, impersonate: hid }
---
{ kind: ServiceAccount, id: bot, namespace: team-a, user_id: bot }
---
{ kind: Route, id: a-root, namespace: team-a, policies: [known] }
`.replaceAll('{ kind', '{ apiVersion: sallyport/v1alpha1, kind');

interface Asked {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly body?: object;
}

const resource = (kind: string, fields: object) => ({ apiVersion: 'sallyport/v1alpha1', kind, ...fields });
const apply = (...resources: object[]): Asked => ({
  method: 'POST',
  path: '/resources:apply?dry_run=true',
  body: { resources },
});
const broken = resource('Policy', { id: 'broken', namespace: 'team-a', ppl: { nonsense: 1 } });
const ALLOW = { allow: { or: [{ accept: true }] } };

/** What is asked about X: of something that is hidden, and of something that is not there. */
const ROWS: readonly [name: string, ask: (x: string) => Asked, hidden?: string][] = [
  [
    'a route that names a policy',
    (x) => ({
      method: 'PUT',
      path: '/routes/r?dry_run=true',
      body: { id: 'r', namespace: 'team-a', policies: [x] },
    }),
  ],
  [
    'a route that names a policy of a tenant',
    (x) => ({
      method: 'PUT',
      path: '/routes/r?dry_run=true',
      body: { id: 'r', namespace: 'team-a', policies: [x] },
    }),
    'hid-own',
  ],
  [
    'a namespace with a default policy',
    (x) =>
      apply(
        resource('Namespace', {
          id: 'team-a',
          parent: 'org',
          hosts: ['a.example.com'],
          default_policies: ['known', x],
        }),
      ),
  ],
  [
    'a route in a namespace',
    (x) => ({ method: 'PUT', path: '/routes/r?dry_run=true', body: { id: 'r', namespace: x } }),
  ],
  ['the same beside another mistake', (x) => apply(resource('Route', { id: 'r', namespace: x }), broken)],
  [
    'a policy in a namespace',
    (x) => ({ method: 'PUT', path: '/policies/p?dry_run=true', body: { id: 'p', namespace: x, ppl: ALLOW } }),
  ],
  [
    'an account in a namespace',
    (x) => ({ method: 'POST', path: '/service-accounts', body: { id: 'n', namespace: x, user_id: 'n' } }),
  ],
  [
    'a namespace below another',
    (x) => ({ method: 'PUT', path: '/namespaces/n?dry_run=true', body: { id: 'n', parent: x } }),
  ],
  ['the same beside another mistake', (x) => apply(resource('Namespace', { id: 'n', parent: x }), broken)],
  [
    'a role binding for an account',
    (x) => apply(resource('RoleBinding', { id: 'b', account: x, role: 'viewer', namespace: 'team-a' })),
  ],
  [
    'a role binding in a namespace',
    (x) => apply(resource('RoleBinding', { id: 'b', account: 'bot', role: 'viewer', namespace: x })),
  ],
  [
    'an account that impersonates',
    (x) => ({
      method: 'POST',
      path: '/service-accounts',
      body: { id: 'n', namespace: 'team-a', user_id: x, impersonate: true },
    }),
  ],
  [
    'the same by apply',
    (x) => apply(resource('ServiceAccount', { id: 'n', namespace: 'team-a', impersonate: x })),
  ],
  ['reading a namespace', (x) => ({ method: 'GET', path: `/namespaces/${x}` })],
  ['reading a policy', (x) => ({ method: 'GET', path: `/policies/${x}` })],
  ['reading a route', (x) => ({ method: 'GET', path: `/routes/${x}` })],
  ['reading an account', (x) => ({ method: 'GET', path: `/service-accounts/${x}` })],
  ['reading a directory user', (x) => ({ method: 'GET', path: `/directory-users/${x}` })],
  ['reading a role binding', (x) => ({ method: 'GET', path: `/role-bindings/${x}` })],
  ['deleting a policy', (x) => ({ method: 'DELETE', path: `/policies/${x}?dry_run=true` })],
  ['deleting a namespace', (x) => ({ method: 'DELETE', path: `/namespaces/${x}?dry_run=true` })],
  ['deleting an account', (x) => ({ method: 'DELETE', path: `/service-accounts/${x}?dry_run=true` })],
  ...['Policy', 'Namespace', 'Route', 'ServiceAccount', 'RoleBinding', 'DirectoryUser'].flatMap(
    (kind): [string, (x: string) => Asked][] => [
      [
        `deleting a ${kind} among others`,
        (x) => ({
          method: 'POST',
          path: '/resources:delete?dry_run=true',
          body: {
            resources: [
              { kind, id: x },
              { kind: 'Namespace', id: 'global' },
            ],
          },
        }),
      ],
    ],
  ),
  ['writing a directory user', (x) => apply(resource('DirectoryUser', { id: x, email: 'x@y' }))],
  ['writing a directory group', (x) => apply(resource('DirectoryGroup', { id: x })), 'hid-group'],
  ['rotating', (x) => ({ method: 'POST', path: `/service-accounts/${x}/credentials`, body: {} })],
  ['revoking', (x) => ({ method: 'POST', path: '/service-accounts:revoke', body: { ids: [x] } })],
  ['decisions of a namespace', (x) => ({ method: 'GET', path: `/decisions?namespace=${x}` })],
  ['activity of a namespace', (x) => ({ method: 'GET', path: `/activity?namespace=${x}` })],
  ['exporting a namespace', (x) => ({ method: 'GET', path: `/resources?namespace=${x}` })],
  [
    'a policy test',
    (x) => ({ method: 'POST', path: '/policies:test', body: { cases: [{ policy: x, expect: 'deny' }] } }),
  ],
  [
    'a policy try',
    (x) => ({ method: 'POST', path: '/policies:try', body: { documents: [{ id: x, ppl: ALLOW }] } }),
  ],
  [
    'explaining for an account',
    (x) => ({
      method: 'POST',
      path: '/decisions:explain',
      body: { url: 'https://a.example.com/', account: x },
    }),
  ],
  [
    'explaining by route id',
    (x) => ({
      method: 'POST',
      path: '/decisions:explain',
      body: {
        url: 'https://a.example.com/',
        context_extensions: { 'sallyport.route_id': x },
        time: '2026-01-01T00:00:00Z',
      },
    }),
  ],
  [
    'explaining by namespace',
    (x) => ({
      method: 'POST',
      path: '/decisions:explain',
      body: { url: 'https://a.example.com/', context_extensions: { 'sallyport.namespace': x } },
    }),
  ],
];

describe('a manager can not tell what is hidden from what is not there', () => {
  let world: AdminWorld;
  let mia: string;
  before(async () => {
    world = await openAdminWorld();
    await world.apply(MESH);
    mia = await world.signIn('mia');
  });
  after(async () => {
    assert.deepEqual(world.faults, []);
    await world.close();
  });

  for (const [name, ask, hidden = 'hid'] of ROWS)
    test(name, async () => {
      const [there, absent] = await Promise.all(
        [hidden, 'absent-one'].map(async (x) => {
          const { method, path, body } = ask(x);
          const answer = await world.call(method, path, { jwt: mia, body });
          return `${answer.statusCode} ${answer.body.replaceAll(x, 'X')}`;
        }),
      );
      assert.equal(there, absent);
    });

  test('an id that is taken is a 409, and no more is said', async () => {
    const answer = await world.call('PUT', '/policies/hid-own', {
      jwt: mia,
      body: { id: 'hid-own', namespace: 'team-a', ppl: ALLOW },
    });
    assert.equal(answer.statusCode, 409, answer.body);
    assert.doesNotMatch(answer.body.replaceAll('hid-own', ''), /hid/);
  });

  test('a policy from above that a route names already stays, also where its author can not see it', async () => {
    const answer = await world.call('PUT', '/routes/a-root', {
      jwt: mia,
      body: { id: 'a-root', namespace: 'team-a', path: { prefix: '/x' }, policies: ['known'] },
      headers: { 'if-match': '*' },
    });
    assert.equal(answer.statusCode, 200, answer.body);
  });

  test('hosts of a namespace above are not named', async () => {
    await world.apply('{ apiVersion: sallyport/v1alpha1, kind: Namespace, id: team-a.x, parent: team-a }');
    await world.apply(
      '{ apiVersion: sallyport/v1alpha1, kind: ServiceAccount, id: sam, namespace: shared, user_id: sam }\n---\n{ apiVersion: sallyport/v1alpha1, kind: RoleBinding, id: sam, account: sam, role: manager, namespace: shared }',
    );
    const sam = await world.signIn('sam');
    const answer = await world.call('PUT', '/routes/s', {
      jwt: sam,
      body: { id: 's', namespace: 'shared', hosts: ['other.example.org'] },
    });
    assert.equal(answer.statusCode, 422, answer.body);
    assert.doesNotMatch(answer.body, /\*\.example\.com/);
  });

  test('explain for an account that stands for a directory user tells a team nothing of the user', async () => {
    for (const jwt of [mia, await world.signIn('al')]) {
      const answer = await world.call('POST', '/decisions:explain', {
        jwt,
        body: { url: 'https://a.example.com/', account: 'as-hid' },
      });
      assert.equal(answer.statusCode, 403, answer.body);
      assert.doesNotMatch(answer.body, /hid-group|hid-claim|hid@mail/);
    }
  });

  test('explain names no policy and no namespace from above', async () => {
    const answer = await world.call('POST', '/decisions:explain', {
      jwt: mia,
      body: { url: 'https://a.example.com/x/never', account: 'bot' },
    });
    assert.equal(answer.statusCode, 200, answer.body);
    const { decision, namespaces, scope } = answer.json();
    assert.deepEqual([decision.verdict, decision.policy], ['deny', null]);
    assert.deepEqual([namespaces, scope.home], [['team-a'], ['team-a']]);
    assert.doesNotMatch(answer.body, /guard|"org"/);
  });
});
