// What one tenant may learn of another, and names that are never given twice; docs/decisions/0010.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { Reader } from '../../src/operations/reader.ts';
import { type AdminWorld, openAdminWorld, TEAMS } from '../support/admin-world.ts';
import { newUser, scimCall } from '../support/scim-client.ts';

const HEAD = 'apiVersion: sallyport/v1alpha1';

let world: AdminWorld;
let root: string;
beforeEach(async () => {
  world = await openAdminWorld({ reservedNames: ['*@corp.example', 'svc-*-prod'] });
  await world.apply(TEAMS);
  root = await world.signIn('root');
});
afterEach(async () => {
  assert.deepEqual(world.faults, []);
  await world.close();
});

const put = (jwt: string, path: string, body: object, query = '') =>
  world.call('PUT', `${path}${query}`, { jwt, body });
const decided = (fields: object) =>
  world.store.telemetry.appendDecisions([
    JSON.stringify({
      event: 'decision',
      time: new Date().toISOString(),
      verdict: 'deny',
      reason: 'no-policy',
      method: 'GET',
      host: 'x.example.com',
      path: '/',
      ...fields,
    }),
  ]);
const decisions = async (jwt: string) =>
  (await world.call('GET', '/decisions?order=oldest', { jwt }))
    .json()
    .items.map(({ request_id }: { request_id: string }) => request_id);
const activity = async (jwt: string): Promise<{ kind: string; entity: string; namespaces: string[] }[]> =>
  (await world.call('GET', '/activity?limit=500&order=oldest', { jwt })).json().items;

describe('a reused namespace id', () => {
  const make = async (owner: string) => {
    await world.apply(
      [
        `${HEAD}\nkind: Namespace\nid: shop\nparent: global`,
        `${HEAD}\nkind: ServiceAccount\nid: ${owner}\nnamespace: shop\nuser_id: ${owner}`,
        `${HEAD}\nkind: RoleBinding\nid: ${owner}\naccount: ${owner}\nrole: admin\nnamespace: shop`,
      ].join('\n---\n'),
    );
    return world.signIn(owner);
  };
  const remove = async (owner: string) => {
    for (const path of [`/service-accounts/${owner}`, '/policies/secret', '/namespaces/shop']) {
      const answer = await world.call('DELETE', path, { jwt: root });
      assert.equal(answer.statusCode, 200, answer.body);
    }
  };

  test('shows the new tenant nothing of what the old one did, or was decided', async () => {
    const old = await make('old');
    await put(old, '/policies/secret', {
      id: 'secret',
      namespace: 'shop',
      ppl: { allow: { or: [{ accept: true }] } },
    });
    const { revision } = await world.store.position();
    await decided({ namespace: 'shop', revision, request_id: 'of the old' });
    await decided({ namespace: 'shop', request_id: 'without revision' });
    assert.deepEqual(await decisions(old), ['of the old']);
    assert.ok((await activity(old)).some(({ entity }) => entity === 'secret'));
    await remove('old');

    const next = await make('next');
    const now = (await world.store.position()).revision;
    await decided({ namespace: 'shop', revision: now, request_id: 'of the new' });
    assert.deepEqual(await decisions(next), ['of the new']);
    const seen = await activity(next);
    assert.ok(seen.some(({ entity }) => entity === 'next'));
    assert.deepEqual(
      seen.filter(({ entity }) => ['old', 'secret'].includes(entity)),
      [],
    );
    // An admin of global sees all of it.
    assert.deepEqual(await decisions(root), ['of the old', 'without revision', 'of the new']);
    assert.ok((await activity(root)).some(({ entity }) => entity === 'secret'));
    const filtered = await world.call('GET', '/activity?namespace=shop&entity=secret', { jwt: root });
    assert.deepEqual(filtered.json().items, []);
  });

  test('lets nobody bring back an account of the old tenant', async () => {
    await make('old');
    await world.apply(`${HEAD}\nkind: ServiceAccount\nid: bot\nnamespace: shop\nuser_id: bot@shop`);
    const account = { id: 'bot', namespace: 'shop', user_id: 'bot@shop' };
    const deleteBot = () => world.call('DELETE', '/service-accounts/bot', { jwt: root });
    assert.equal((await deleteBot()).statusCode, 200);
    const back = await put(root, '/service-accounts/bot', account);
    assert.equal(back.statusCode, 200, 'where it was it may come back');
    assert.deepEqual(
      (await world.call('GET', '/service-accounts/bot', { jwt: root })).json().credentials,
      [],
    );
    assert.equal((await deleteBot()).statusCode, 200);
    assert.equal(
      (await put(root, '/service-accounts/bot', { ...account, namespace: 'team-a' })).statusCode,
      422,
    );
    await world.apply(
      `${HEAD}\nkind: Policy\nid: secret\nnamespace: shop\nppl: { allow: { or: [accept: true] } }`,
    );
    await remove('old');

    const next = await make('next');
    const stolen = await put(next, '/service-accounts/bot', account);
    assert.equal(stolen.statusCode, 422, stolen.body);
    // Also where the namespace is in the same commit.
    const resources = [
      { apiVersion: 'sallyport/v1alpha1', kind: 'Namespace', id: 'shop', parent: 'global', name: 'Shop' },
      { apiVersion: 'sallyport/v1alpha1', kind: 'ServiceAccount', ...account },
    ];
    const applied = await world.call('POST', '/resources:apply', { jwt: root, body: { resources } });
    assert.equal(applied.statusCode, 422, applied.body);
  });

  test('created_revision is no field that anybody writes, and stays when the namespace changes', async () => {
    const owner = await make('old');
    const stored = async () => (await new Reader(world.store).find('namespace', 'shop'))?.created_revision;
    const created = await stored();
    assert.ok(created !== undefined);
    const namespace = await world.call('GET', '/namespaces/shop', { jwt: owner });
    assert.equal(namespace.json().created_revision, undefined);
    const refused = await put(root, '/namespaces/shop', {
      id: 'shop',
      parent: 'global',
      created_revision: 1,
    });
    assert.equal(refused.statusCode, 400, refused.body);
    const changed = await world.call('PUT', '/namespaces/shop', {
      jwt: root,
      body: { id: 'shop', parent: 'team-a' },
      headers: { 'if-match': '*' },
    });
    assert.equal(changed.statusCode, 200, changed.body);
    assert.equal(await stored(), created);
  });
});

test('section E: a deleted account may come back with its id, user ID and namespace, without its credentials and roles', async () => {
  const account = { id: 'phoenix', namespace: 'team-a', user_id: 'phoenix@a' };
  const binding = { id: 'phoenix', account: 'phoenix', role: 'viewer', namespace: 'team-a' };
  assert.equal((await put(root, '/service-accounts/phoenix', account)).statusCode, 200);
  assert.equal((await put(root, '/role-bindings/phoenix', binding)).statusCode, 200);
  const old = await world.signIn('phoenix');
  const whoami = async (jwt: string) => (await world.call('GET', '/whoami', { jwt })).statusCode;
  assert.equal(await whoami(old), 200);
  const gone = await world.call('DELETE', '/service-accounts/phoenix', { jwt: root });
  assert.equal(gone.statusCode, 200, gone.body);

  for (const other of [{ id: 'ash' }, { namespace: 'team-b' }]) {
    const { id } = { ...account, ...other };
    const refused = await put(root, `/service-accounts/${id}`, { ...account, ...other });
    assert.equal(refused.statusCode, 422, refused.body);
    assert.match(refused.body, /phoenix@a was given to service account phoenix/);
  }
  const back = await put(root, '/service-accounts/phoenix', account);
  assert.equal(back.statusCode, 200, back.body);
  assert.equal(await whoami(old), 401);
  const fresh = await world.signIn('phoenix');
  assert.deepEqual((await world.call('GET', '/whoami', { jwt: fresh })).json().roles, []);
});

test('an entry of what moved shows each side its own', async () => {
  await world.apply(
    `${HEAD}\nkind: ServiceAccount\nid: mover\nnamespace: team-b\nuser_id: mover\ndescription: of b`,
  );
  const moved = await world.call('PUT', '/service-accounts/mover', {
    jwt: root,
    body: { id: 'mover', namespace: 'team-a', user_id: 'mover', description: 'of a' },
    headers: { 'if-match': '*' },
  });
  assert.equal(moved.statusCode, 200, moved.body);
  const viewer = await world.signIn('viewer');
  const [entry] = (await world.call('GET', '/activity?entity=mover', { jwt: viewer })).json().items;
  assert.equal(entry.after.description, 'of a');
  assert.deepEqual(entry.namespaces, ['team-a']);
  assert.doesNotMatch(JSON.stringify(entry), /team-b|of b/);
});

describe('names of directory users', () => {
  const take = (jwt: string, userId: string) =>
    put(jwt, '/service-accounts/taker', { id: 'taker', namespace: 'team-a', user_id: userId });

  test('a manager takes no name of a reserved pattern, nor of a domain that the directory has', async () => {
    await world.apply(`${HEAD}\nkind: DirectoryUser\nid: ann@directory.example`);
    const manager = await world.signIn('manager');
    const names = [
      'newhire@corp.example',
      'NewHire@Corp.Example',
      'newhire@ｃorp.example',
      'svc-7-prod',
      'newhire@directory.example',
      'ann@directory.example',
    ];
    const answers = new Set<string>();
    for (const name of names) {
      const answer = await take(manager, name);
      assert.equal(answer.statusCode, 422, `${name}: ${answer.body}`);
      answers.add(answer.body.replaceAll(name, 'NAME'));
    }
    assert.equal(answers.size, 1, 'who is in the directory can not be told from who is not');
    assert.equal((await take(manager, 'taker@elsewhere.example')).statusCode, 200);
    const hired = await scimCall(world, 'POST', '/Users', {
      jwt: root,
      body: newUser('newhire@corp.example'),
    });
    assert.equal(hired.json().id, 'newhire@corp.example', hired.body);
  });

  test('an admin of global may, as long as nobody has it', async () => {
    assert.equal((await take(root, 'robot@corp.example')).statusCode, 200);
    await world.apply(`${HEAD}\nkind: DirectoryUser\nid: ann@corp.example`);
    const again = { id: 'other', namespace: 'team-a', user_id: 'ann@corp.example' };
    assert.equal((await put(root, '/service-accounts/other', again)).statusCode, 422);
  });

  test('to a manager, a name that an account has looks as one that a directory user has', async () => {
    await world.apply(`${HEAD}\nkind: DirectoryUser\nid: dora\n---\n${HEAD}\nkind: DirectoryUser\nid: gone`);
    assert.equal((await world.call('DELETE', '/directory-users/gone', { jwt: root })).statusCode, 200);
    const manager = await world.signIn('manager');
    const bodies = [];
    for (const name of ['dora', 'gone', 'root'])
      bodies.push((await take(manager, name)).body.replaceAll(name, 'NAME'));
    assert.equal(new Set(bodies).size, 1, bodies.join('\n'));
  });
});

describe('deleting a group leaves no members in it', () => {
  const remaining = async () => (await new Reader(world.store).find('directory_user', 'dora'))?.groups;
  beforeEach(() =>
    world.apply(
      [
        `${HEAD}\nkind: DirectoryGroup\nid: ops`,
        `${HEAD}\nkind: DirectoryGroup\nid: all`,
        `${HEAD}\nkind: DirectoryUser\nid: dora\ngroups: [ops, all]`,
      ].join('\n---\n'),
    ),
  );

  const ways: [name: string, remove: () => Promise<{ statusCode: number; body: string }>][] = [
    ['DELETE', () => world.call('DELETE', '/directory-groups/ops', { jwt: root })],
    [
      'resources:delete',
      () =>
        world.call('POST', '/resources:delete', {
          jwt: root,
          body: { resources: [{ kind: 'DirectoryGroup', id: 'ops' }] },
        }),
    ],
    [
      'apply with prune, where the file is silent about the user’s groups',
      () =>
        world.call('POST', '/resources:apply?prune=true', {
          jwt: root,
          body: {
            resources: [
              { apiVersion: 'sallyport/v1alpha1', kind: 'Namespace', id: 'global' },
              { apiVersion: 'sallyport/v1alpha1', kind: 'DirectoryGroup', id: 'all' },
              { apiVersion: 'sallyport/v1alpha1', kind: 'DirectoryUser', id: 'dora', groups: ['all'] },
              {
                apiVersion: 'sallyport/v1alpha1',
                kind: 'ServiceAccount',
                id: 'root',
                namespace: 'global',
                user_id: 'root',
              },
              {
                apiVersion: 'sallyport/v1alpha1',
                kind: 'RoleBinding',
                id: 'root',
                account: 'root',
                role: 'admin',
                namespace: 'global',
              },
            ],
          },
        }),
    ],
    ['SCIM', () => scimCall(world, 'DELETE', '/Groups/ops', { jwt: root })],
  ];
  for (const [name, remove] of ways)
    test(name, async () => {
      const answer = await remove();
      assert.ok([200, 204].includes(answer.statusCode), answer.body);
      assert.deepEqual(await remaining(), ['all']);
    });

  test('a user who is put into a group that goes with the same change is refused', async () => {
    const resources = [
      { apiVersion: 'sallyport/v1alpha1', kind: 'Namespace', id: 'global' },
      { apiVersion: 'sallyport/v1alpha1', kind: 'DirectoryUser', id: 'dora', groups: ['ops'] },
    ];
    const answer = await world.call('POST', '/resources:apply?prune=true', {
      jwt: root,
      body: { resources },
    });
    assert.equal(answer.statusCode, 422, answer.body);
    assert.match(answer.body, /group ops is deleted with the same change/);
  });
});

test('ids with overrides of direction or zero-width characters are refused; stored ones are still read', async () => {
  const odd = ['a\u202eb', 'a\u200bb', 'a\u2066b', 'a\u00adb', 'a\u{e0041}b', 'a\ufeffb', 'a\u3164b'];
  for (const name of odd) {
    const account = await put(root, '/service-accounts/odd', {
      id: 'odd',
      namespace: 'team-a',
      user_id: name,
    });
    assert.equal(account.statusCode, 422, JSON.stringify(name));
    for (const path of ['/directory-users', '/directory-groups']) {
      const answer = await put(root, `${path}/${encodeURIComponent(name)}`, { id: name });
      assert.equal(answer.statusCode, 422, `${path} ${JSON.stringify(name)}: ${answer.body}`);
      assert.match(answer.body, /invisible character \(U\+/);
    }
    const user = await put(root, '/directory-users/x', { id: 'x', groups: [name] });
    assert.equal(user.statusCode, 422, user.body);
  }
  const { revision } = await world.store.position();
  const value = { id: 'a\u202eb', email: '', name: '', groups: [], claims: {}, active: true };
  await world.store.commit(revision, [{ key: { kind: 'directory_user', id: value.id }, value }]);
  const path = `/directory-users/${encodeURIComponent(value.id)}`;
  const read = await world.call('GET', path, { jwt: root });
  assert.equal(read.json().id, value.id);
  const changed = await world.call('PUT', path, {
    jwt: root,
    body: { id: value.id, email: 'a@b' },
    headers: { 'if-match': '*' },
  });
  assert.equal(changed.statusCode, 200, changed.body);
});
