import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { z } from 'zod';
import { type AdminWorld, openAdminWorld, TEAMS } from '../support/admin-world.ts';

describe('the admin API', () => {
  let world: AdminWorld;
  let root: string;
  let manager: string;
  before(async () => {
    world = await openAdminWorld();
    await world.apply(TEAMS);
    root = await world.signIn('root');
    manager = await world.signIn('manager');
  });
  after(async () => {
    assert.deepEqual(world.faults, []);
    await world.close();
  });

  test('an account is made, its JWT is in that answer and in no other, and it can be used at the mesh alone', async () => {
    const made = await world.call('POST', '/service-accounts', {
      jwt: manager,
      body: { id: 'robot', namespace: 'team-a', user_id: 'robot@team-a', description: 'orders' },
    });
    assert.equal(made.statusCode, 201, made.body);
    const { jwt, credential_id } = made.json();
    assert.match(jwt, /^[\w-]+\.[\w-]+\.[\w-]+$/);
    const shown = await world.call('GET', '/service-accounts/robot', { jwt: manager });
    assert.equal(shown.statusCode, 200);
    assert.equal(shown.json().credentials[0].id, credential_id);
    const signature = jwt.split('.')[2];
    for (const path of [
      '/service-accounts/robot',
      '/service-accounts',
      '/activity',
      '/resources?namespace=team-a',
    ])
      assert.ok(!(await world.call('GET', path, { jwt: manager })).body.includes(signature), path);
    const used = await world.call('GET', '/whoami', { jwt });
    assert.equal(used.statusCode, 401);
    assert.match(
      String(used.headers['www-authenticate']),
      /^Bearer realm="sallyport", error="invalid_token"$/,
    );
  });

  test('whoami says who is signed in and with which roles', async () => {
    const answer = await world.call('GET', '/whoami', { jwt: manager });
    const { account, namespace, roles } = answer.json();
    assert.deepEqual(
      { account, namespace, roles },
      { account: 'manager', namespace: 'team-a', roles: [{ namespace: 'team-a', role: 'manager' }] },
    );
  });

  test('signed out, with no role, and after revocation nothing is told', async () => {
    assert.equal((await world.call('GET', '/policies')).statusCode, 401);
    const nobody = await world.signIn('nobody');
    assert.equal((await world.call('GET', '/policies', { jwt: nobody })).statusCode, 403);
    assert.equal((await world.call('GET', '/whoami', { jwt: nobody })).statusCode, 200);
    const revoked = await world.call('POST', '/service-accounts/nobody/revoke', { jwt: root });
    assert.equal(revoked.statusCode, 200, revoked.body);
    assert.equal((await world.call('GET', '/whoami', { jwt: nobody })).statusCode, 401);
  });

  test('a resource is replaced only by somebody who says what they replace', async () => {
    const put = (description: string, headers = {}) =>
      world.call('PUT', '/policies/p', {
        jwt: manager,
        headers,
        body: {
          id: 'p',
          namespace: 'team-a',
          description,
          ppl: { allow: { and: [{ user: 'robot@team-a' }] } },
        },
      });
    const made = await put('one', { 'if-none-match': '*' });
    assert.equal(made.statusCode, 200, made.body);
    const tag = String(made.headers.etag);
    assert.equal((await world.call('GET', '/policies/p', { jwt: manager })).headers.etag, tag);
    assert.equal((await put('two')).statusCode, 428);
    assert.equal((await put('two', { 'if-none-match': '*' })).statusCode, 412);
    assert.equal((await put('two', { 'if-match': '"1"' })).statusCode, 412);
    assert.equal((await put('two', { 'if-match': tag })).statusCode, 200);
    assert.equal((await put('three', { 'if-match': tag })).statusCode, 412);
    assert.equal((await world.call('GET', '/policies/p', { jwt: manager })).json().description, 'two');
  });

  test('a dry run says what would be, and writes nothing', async () => {
    const { revision } = await world.store.position();
    const answer = await world.call('PUT', '/routes/r?dry_run=true', {
      jwt: manager,
      body: { id: 'r', namespace: 'team-a', hosts: ['a.example.com'], policies: [] },
    });
    assert.deepEqual(answer.json(), { action: 'create', kind: 'Route', id: 'r', dry_run: true });
    assert.equal((await world.store.position()).revision, revision);
    assert.equal((await world.call('GET', '/routes/r', { jwt: manager })).statusCode, 404);
  });

  test('mistakes are named, all of them', async () => {
    const answer = await world.call('POST', '/service-accounts', {
      jwt: manager,
      body: { id: '-', extra: 1 },
    });
    assert.equal(answer.statusCode, 400);
    assert.equal(answer.headers['content-type'], 'application/problem+json; charset=utf-8');
    const { code, errors } = answer.json();
    assert.equal(code, 'invalid');
    assert.deepEqual(errors.map(({ path }: { path: string }) => path).sort(), [
      'body.extra',
      'body.id',
      'body.namespace',
      'body.user_id',
    ]);
  });

  test('a body that is nested beyond reason is a mistake, and no fault', async () => {
    const ask = (depth: number) =>
      world.app.inject({
        method: 'POST',
        url: '/api/v1/policies:test',
        headers: { authorization: `Bearer ${manager}`, 'content-type': 'application/json' },
        payload: `{"cases":[{"ppl":${'['.repeat(depth)}${']'.repeat(depth)},"expect":{"error":true}}]}`,
      });
    assert.equal((await ask(97)).statusCode, 200);
    for (const depth of [98, 100_000]) {
      const answer = await ask(depth);
      assert.equal(answer.statusCode, 400);
      assert.deepEqual(answer.json().errors, [
        { path: 'body', message: 'expected at most 100 levels of nesting' },
      ]);
    }
  });

  test('the activity log holds each change with its author, and no other', async () => {
    const { items } = (await world.call('GET', '/activity?entity=p&order=oldest', { jwt: manager })).json();
    const Entry = z.object({
      action: z.string(),
      author: z.object({ account: z.string() }),
      before: z.object({ description: z.string() }).optional(),
      after: z.object({ description: z.string() }),
    });
    assert.deepEqual(
      z
        .array(Entry)
        .parse(items)
        .map(({ action, author, before, after }) => [
          action,
          author.account,
          before?.description,
          after.description,
        ]),
      [
        ['create', 'manager', undefined, 'one'],
        ['update', 'manager', 'one', 'two'],
      ],
    );
  });

  test('a decision is explained to those who see where it falls', async () => {
    await world.apply(
      'apiVersion: sallyport/v1alpha1\nkind: Route\nid: open\nnamespace: team-a\nhosts: [a.example.com]\npath: {prefix: /open}\npolicies: [p]',
    );
    const explain = (body: object) => world.call('POST', '/decisions:explain', { jwt: manager, body });
    const robot = await explain({ url: 'https://a.example.com/open', account: 'robot' });
    assert.equal(robot.statusCode, 200, robot.body);
    assert.equal(robot.json().decision.verdict, 'allow');
    const viewer = await explain({ url: 'https://a.example.com/open', account: 'viewer' });
    assert.deepEqual(viewer.json().decision.reasons, ['user-unauthorized']);
    for (const time of ['1969-12-31T23:59:59Z', '0634-01-28T11:08:46Z', '9999-12-31T23:59:59Z']) {
      const then = await explain({ url: 'https://a.example.com/open', account: 'robot', time });
      assert.equal(then.statusCode, 200, `${time}: ${then.body}`);
    }
    assert.equal((await explain({ url: 'https://b.example.com/' })).statusCode, 404);
    assert.equal((await explain({ url: 'https://a.example.com/open', account: 'root' })).statusCode, 404);
  });

  test('a policy is looked at without being written', async () => {
    const answer = await world.call('POST', '/policies:lint', {
      jwt: manager,
      body: { text: 'allow: {and: [{usr: x}]}' },
    });
    assert.equal(answer.json().findings[0].severity, 'error');
  });

  test('pages follow each other without a gap or a repetition', async () => {
    const ids: string[] = [];
    let path = '/service-accounts?limit=2';
    for (;;) {
      const { items, next } = (await world.call('GET', path, { jwt: root })).json();
      ids.push(...items.map(({ id }: { id: string }) => id));
      if (next === null) break;
      path = `/service-accounts?limit=2&cursor=${next}`;
    }
    assert.deepEqual(ids, ['admin', 'manager', 'nobody', 'robot', 'root', 'viewer']);
  });

  test('somebody who comes by a Unix socket is let in and told in the log like everybody', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sallyport-admin-socket-'));
    const socketPath = join(folder, 'admin.sock');
    const twin = await openAdminWorld();
    try {
      await twin.apply(TEAMS);
      await twin.app.listen({ path: socketPath });
      const ask = (method: string, path: string, jwt?: string) =>
        new Promise<{ status: number | undefined; body: string }>((done, fail) => {
          const headers = jwt === undefined ? {} : { authorization: `Bearer ${jwt}` };
          const sent = request({ socketPath, method, path: `/api/v1${path}`, headers }, (answer) => {
            let body = '';
            answer.setEncoding('utf8').on('data', (text: string) => {
              body += text;
            });
            answer.once('end', () => done({ status: answer.statusCode, body }));
          });
          sent.once('error', fail).end();
        });
      assert.equal((await ask('GET', '/whoami')).status, 401);
      const jwt = await twin.signIn('root');
      assert.equal((await ask('POST', '/service-accounts/viewer/disable', jwt)).status, 200);
      const { items } = JSON.parse((await ask('GET', '/activity?limit=1', jwt)).body);
      assert.equal(items[0].author.address, 'unix');
      assert.deepEqual(twin.faults, []);
    } finally {
      await twin.close();
      await rm(folder, { recursive: true, force: true });
    }
  });

  test('rotation with an overlap has the older ones of that purpose expire', async () => {
    const rotated = await world.call('POST', '/service-accounts/robot/credentials', {
      jwt: manager,
      body: { old_valid_for_seconds: 0, label: 'second' },
    });
    assert.equal(rotated.statusCode, 201, rotated.body);
    const { credentials } = (await world.call('GET', '/service-accounts/robot', { jwt: manager })).json();
    assert.deepEqual(
      credentials.map(({ label, status }: { label: string; status: string }) => [label, status]),
      [
        ['', 'expired'],
        ['second', 'active'],
      ],
    );
  });
});

describe('nobody gets more than they have', () => {
  let world: AdminWorld;
  let manager: string;
  let admin: string;
  before(async () => {
    world = await openAdminWorld();
    await world.apply(TEAMS);
    manager = await world.signIn('manager');
    admin = await world.signIn('admin');
  });
  after(() => world.close());

  const refused = async (
    jwt: string,
    method: 'POST' | 'PUT' | 'DELETE',
    path: string,
    body?: unknown,
    status = 403,
  ) => {
    const { revision } = await world.store.position();
    const answer = await world.call(method, path, {
      jwt,
      ...(body !== undefined && { body }),
      ...(method === 'PUT' && { headers: { 'if-match': '*' } }),
    });
    const made = await (answer.statusCode === 412 ? world.call(method, path, { jwt, body }) : answer);
    assert.equal(made.statusCode, status, `${method} ${path}: ${made.body}`);
    assert.equal((await world.store.position()).revision, revision);
  };

  test('by making the credential of somebody who has', async () => {
    await refused(manager, 'POST', '/service-accounts/admin/credentials', { purpose: 'admin' });
    await refused(manager, 'POST', '/service-accounts/admin/credentials', { purpose: 'mesh' });
    await refused(admin, 'POST', '/service-accounts/root/credentials', { purpose: 'admin' }, 404);
  });

  test('by stopping, moving or deleting them', async () => {
    await refused(manager, 'POST', '/service-accounts/admin/disable');
    await world.signIn('viewer');
    await refused(manager, 'POST', '/service-accounts/viewer/revoke');
    await refused(manager, 'DELETE', '/service-accounts/viewer');
    await refused(
      manager,
      'PUT',
      '/service-accounts/viewer',
      {
        id: 'viewer',
        namespace: 'team-a.sub',
        user_id: 'viewer',
      },
      422,
    );
  });

  test('by a role binding, beyond what an admin has, or where they are not', async () => {
    const binding = (account: string, namespace: string, role = 'admin') => ({
      id: 'b',
      account,
      role,
      namespace,
    });
    await refused(manager, 'PUT', '/role-bindings/b', binding('manager', 'team-a'));
    await refused(admin, 'PUT', '/role-bindings/b', binding('admin', 'global'), 422);
    await refused(admin, 'PUT', '/role-bindings/b', binding('admin', 'team-b'), 422);
  });

  test('by hosts, by observing, or by another place in the tree', async () => {
    const team = { id: 'team-a', parent: 'global', hosts: ['a.example.com', '*.a.example.com'] };
    await refused(manager, 'PUT', '/namespaces/team-a', { ...team, hosts: ['b.example.com'] }, 422);
    await refused(manager, 'PUT', '/namespaces/team-a', { ...team, hosts: undefined });
    await refused(admin, 'PUT', '/namespaces/team-a', { ...team, hosts: ['a.example.com'] });
    await refused(manager, 'PUT', '/namespaces/team-a', { ...team, enforcement: 'observe' });
    await refused(manager, 'PUT', '/namespaces/team-a.sub', { id: 'team-a.sub', parent: 'team-b' }, 422);
  });

  test('by standing for a directory user', async () => {
    await world.apply('apiVersion: sallyport/v1alpha1\nkind: DirectoryUser\nid: alice@example.com');
    const wanted = { id: 'as-alice', namespace: 'team-a', user_id: 'alice@example.com', impersonate: true };
    await refused(manager, 'POST', '/service-accounts', wanted);
    const made = await world.call('POST', '/service-accounts', { jwt: admin, body: wanted });
    assert.equal(made.statusCode, 201, made.body);
    await refused(manager, 'POST', '/service-accounts/as-alice/credentials', {});
  });

  test('by loosening an enforced policy', async () => {
    const policy = {
      id: 'must',
      namespace: 'team-a',
      enforced: true,
      ppl: { deny: { and: [{ user: 'x' }] } },
    };
    const made = await world.call('PUT', '/policies/must', { jwt: manager, body: policy });
    assert.equal(made.statusCode, 200, made.body);
    await refused(manager, 'PUT', '/policies/must', { ...policy, mode: 'shadow' });
    await refused(manager, 'PUT', '/policies/must', { ...policy, enforced: false });
    await refused(manager, 'DELETE', '/policies/must');
    assert.equal((await world.call('DELETE', '/policies/must', { jwt: admin })).statusCode, 200);
  });

  test('and what they may not see is not there, or taken', async () => {
    for (const path of [
      '/namespaces/team-b',
      '/namespaces/global',
      '/service-accounts/root',
      '/role-bindings/root',
    ])
      assert.equal((await world.call('GET', path, { jwt: admin })).statusCode, 404, path);
    const taken = await world.call('POST', '/service-accounts', {
      jwt: admin,
      body: { id: 'root', namespace: 'team-a', user_id: 'other' },
    });
    assert.equal(taken.statusCode, 409);
    const named = await world.call('POST', '/service-accounts', {
      jwt: admin,
      body: { id: 'other', namespace: 'team-a', user_id: 'root' },
    });
    assert.equal(named.statusCode, 422);
    assert.match(named.body, /was given to a service account/);
    assert.doesNotMatch(named.body, /service account root/);
    const hidden = { id: 'r', namespace: 'team-b' };
    const absent = { id: 'r', namespace: 'team-c' };
    const [one, other] = await Promise.all(
      [hidden, absent].map((body) => world.call('PUT', '/routes/r', { jwt: admin, body })),
    );
    assert.equal(one?.body.replaceAll('team-b', 'X'), other?.body.replaceAll('team-c', 'X'));
  });

  test('too many refused credentials of one address are slowed down, and good ones are not', async () => {
    let last = 0;
    for (let i = 0; i < 70; i++) last = (await world.call('GET', '/whoami', { jwt: 'a.b.c' })).statusCode;
    assert.equal(last, 429);
    assert.equal((await world.call('GET', '/whoami', { jwt: admin })).statusCode, 200);
  });
});
