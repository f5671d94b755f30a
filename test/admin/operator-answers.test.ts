// What the command line asks for, so that it prints the same as on the store.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type AdminWorld, openAdminWorld, TEAMS } from '../support/admin-world.ts';

const HEAD = 'apiVersion: sallyport/v1alpha1';
const POLICIES = [
  `${HEAD}\nkind: Policy\nid: own\nnamespace: team-a\nppl: { allow: { or: [{ user: x }] } }`,
  `${HEAD}\nkind: Policy\nid: above\nnamespace: global\nppl: { allow: { or: [{ user: x }] } }`,
].join('\n---\n');

const logged = (fields: object) => ({
  level: 'info',
  time: '2026-11-20T10:00:00.000Z',
  event: 'decision',
  revision: 1000,
  verdict: 'allow',
  reason: 'user-ok',
  namespace: 'team-a',
  binding: 'route',
  request_id: 'r',
  method: 'GET',
  host: 'a.example.com',
  path: '/',
  duration_us: 12,
  ...fields,
});

describe('for the command line', () => {
  let world: AdminWorld;
  let root: string;
  let viewer: string;
  let manager: string;
  before(async () => {
    world = await openAdminWorld();
    await world.apply(`${TEAMS}\n---\n${POLICIES}`);
    [root, viewer, manager] = [
      await world.signIn('root'),
      await world.signIn('viewer'),
      await world.signIn('manager'),
    ];
  });
  after(async () => {
    assert.deepEqual(world.faults, []);
    await world.close();
  });

  test('decisions come as they were logged, but for the names of policies that are not for the caller to see', async () => {
    const decisions = [
      logged({ policy: 'own', shadow: { outcome: 'deny', reason: 'reject', policy: 'above' } }),
      logged({ policy: 'above', shadow: { outcome: 'deny', reason: 'reject', policy: 'own' } }),
      logged({ policy: 'gone' }),
      logged({}),
    ];
    await world.store.telemetry.appendDecisions(decisions.map((each) => JSON.stringify(each)));
    const whole = await world.call('GET', '/decisions?order=oldest', { jwt: root });
    assert.ok(whole.body.startsWith(`{"items":${JSON.stringify(decisions)},`), whole.body);
    const seen = await world.call('GET', '/decisions?order=oldest', { jwt: viewer });
    assert.deepEqual(
      seen.json().items.map(({ policy, shadow }: Record<string, unknown>) => [policy, shadow]),
      [
        ['own', { outcome: 'deny', reason: 'reject' }],
        [undefined, { outcome: 'deny', reason: 'reject', policy: 'own' }],
        [undefined, undefined],
        [undefined, undefined],
      ],
    );

    const { next, last } = whole.json();
    assert.equal(next, null);
    const later = () => world.call('GET', `/decisions?order=oldest&cursor=${last}`, { jwt: root });
    assert.deepEqual((await later()).json(), { items: [], next: null, last, foreign: 0 });
    await world.store.telemetry.appendDecisions([JSON.stringify(logged({ request_id: 'later' }))]);
    assert.deepEqual((await later()).json().items, [logged({ request_id: 'later' })]);
  });

  test('a dry run says what is before and after, a change does not', async () => {
    const policy = {
      apiVersion: 'sallyport/v1alpha1',
      kind: 'Policy',
      id: 'own',
      namespace: 'team-a',
      ppl: { allow: { or: [{ user: 'y' }] } },
    };
    const apply = (query: string) =>
      world.call('POST', `/resources:apply${query}`, { jwt: manager, body: { resources: [policy] } });
    const [change] = (await apply('?dry_run=true')).json().changes;
    assert.deepEqual(change, {
      action: 'update',
      kind: 'Policy',
      id: 'own',
      before: { ...policy, ppl: { allow: { or: [{ user: 'x' }] } } },
      after: policy,
    });
    assert.deepEqual((await apply('')).json().changes, [{ action: 'update', kind: 'Policy', id: 'own' }]);
    assert.deepEqual((await apply('?dry_run=true')).json().changes, [
      { action: 'unchanged', kind: 'Policy', id: 'own' },
    ]);
  });

  test('what is named twice is neither deleted nor imported', async () => {
    const one = { kind: 'Policy', id: 'own' };
    const removed = await world.call('POST', '/resources:delete', {
      jwt: manager,
      body: { resources: [one, one] },
    });
    assert.equal(removed.statusCode, 422);
    assert.deepEqual(removed.json().errors, [
      { path: 'body.resources.1', message: 'Policy own is there already' },
    ]);
    const user = { kind: 'DirectoryUser', id: 'u' };
    const imported = await world.call('POST', '/directory:import', {
      jwt: root,
      body: { entries: [user, user] },
    });
    assert.equal(imported.statusCode, 422);
  });

  test('deletes are of all or of none, and say what is needed still', async () => {
    const resources = ['own', 'nobody-has-it'].map((id) => ({ kind: 'Policy', id }));
    const answer = await world.call('POST', '/resources:delete', { jwt: manager, body: { resources } });
    assert.equal(answer.statusCode, 422);
    assert.deepEqual(answer.json().errors, [{ path: 'Policy nobody-has-it', message: 'does not exist' }]);
    assert.equal((await world.call('GET', '/policies/own', { jwt: manager })).statusCode, 200);
  });

  test('an import keeps what it does not say of a user', async () => {
    const entries = (fields: object, claims?: object) => ({
      jwt: root,
      body: { entries: [{ kind: 'DirectoryUser', id: 'alice', fields, ...(claims && { claims }) }] },
    });
    const first = await world.call(
      'POST',
      '/directory:import',
      entries({ name: 'Alice', groups: ['staff'] }, { a: [1], b: [2] }),
    );
    assert.deepEqual(first.json().changes, [
      { action: 'create', kind: 'DirectoryUser', id: 'alice' },
      { action: 'create', kind: 'DirectoryGroup', id: 'staff' },
    ]);
    await world.call('POST', '/directory:import', entries({ email: 'alice@example.com' }, { a: [] }));
    const { name, email, groups, claims } = (
      await world.call('GET', '/directory-users/alice', { jwt: root })
    ).json();
    assert.deepEqual([name, email, groups, claims], ['Alice', 'alice@example.com', ['staff'], { b: [2] }]);
  });

  test('an export without a namespace is of what the caller sees', async () => {
    const exported = async (jwt: string) => (await world.call('GET', '/resources', { jwt })).json().resources;
    const ids = (await exported(viewer)).map(({ kind, id }: Record<string, string>) => `${kind} ${id}`);
    assert.ok(ids.includes('Policy own') && ids.includes('Namespace team-a.sub'));
    for (const hidden of ['Policy above', 'Namespace global', 'Namespace team-b', 'DirectoryUser alice'])
      assert.ok(!ids.includes(hidden), hidden);
    assert.deepEqual(
      await exported(root),
      (await world.call('GET', '/resources?namespace=global', { jwt: root })).json().resources,
    );
  });

  test('accounts come with their credentials where that is asked for, never with a JWT', async () => {
    const list = async (query: string) =>
      (await world.call('GET', `/service-accounts?q=viewer${query}`, { jwt: viewer })).json().items[0];
    const { credentials } = (await world.call('GET', '/service-accounts/viewer', { jwt: viewer })).json();
    assert.equal(credentials.length, 1);
    assert.deepEqual((await list('&credentials=true')).credentials, credentials);
    assert.equal((await list('')).credentials, undefined);
  });
});
