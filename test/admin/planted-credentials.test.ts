// A credential that was planted before its account got a role; docs/roles.md.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { machinePrincipal } from '../../src/operations/principal.ts';
import { Reader } from '../../src/operations/reader.ts';
import { bootstrap } from '../support/account-calls.ts';
import { type AdminWorld, openAdminWorld } from '../support/admin-world.ts';

const HEAD = 'apiVersion: sallyport/v1alpha1';
const MESH = `
{ kind: Namespace, id: org, parent: global }
---
{ kind: Namespace, id: team-a, parent: org }
---
{ kind: Namespace, id: team-a.sub, parent: team-a }
---
{ kind: Namespace, id: team-c, parent: global }
---
{ kind: ServiceAccount, id: root, namespace: global, user_id: root }
---
{ kind: RoleBinding, id: root, account: root, role: admin, namespace: global }
---
{ kind: ServiceAccount, id: olga, namespace: org, user_id: olga }
---
{ kind: RoleBinding, id: olga, account: olga, role: admin, namespace: org }
---
{ kind: ServiceAccount, id: al, namespace: team-a, user_id: al }
---
{ kind: RoleBinding, id: al, account: al, role: admin, namespace: team-a }
---
{ kind: ServiceAccount, id: mia, namespace: team-a, user_id: mia }
---
{ kind: RoleBinding, id: mia, account: mia, role: manager, namespace: team-a }
---
{ kind: ServiceAccount, id: gm, namespace: global, user_id: gm }
---
{ kind: RoleBinding, id: gm, account: gm, role: manager, namespace: global }
`.replaceAll('{ kind', `{ apiVersion: sallyport/v1alpha1, kind`);

describe('a credential planted before the role', () => {
  let world: AdminWorld;
  let root: string;
  let al: string;
  let mia: string;
  beforeEach(async () => {
    world = await openAdminWorld();
    await world.apply(MESH);
    root = await world.signIn('root');
    al = await world.signIn('al');
    mia = await world.signIn('mia');
  });
  afterEach(async () => {
    assert.deepEqual(world.faults, []);
    await world.close();
  });

  interface Issued {
    readonly jwt: string;
    readonly credential_id: string;
  }
  const create = async (jwt: string, account: string, namespace: string, purpose = 'admin') => {
    const body = { id: account, namespace, user_id: account, purpose };
    const answer = await world.call('POST', '/service-accounts', { jwt, body });
    assert.equal(answer.statusCode, 201, answer.body);
    return answer.json<Issued>();
  };
  const rotate = async (jwt: string, account: string, more: object = {}) => {
    const path = `/service-accounts/${account}/credentials`;
    const answer = await world.call('POST', path, { jwt, body: { purpose: 'admin', ...more } });
    assert.equal(answer.statusCode, 201, answer.body);
    return answer.json<Issued>();
  };
  const bind = (jwt: string, account: string, role: string, namespace: string, query = '') =>
    world.call('PUT', `/role-bindings/${account}-${namespace}${query}`, {
      jwt,
      body: { id: `${account}-${namespace}`, account, role, namespace },
      headers: { 'if-match': '*' },
    });
  const bindNew = (jwt: string, account: string, role: string, namespace: string, query = '') =>
    world.call('PUT', `/role-bindings/${account}-${namespace}${query}`, {
      jwt,
      body: { id: `${account}-${namespace}`, account, role, namespace },
    });
  const rolesOf = async (jwt: string): Promise<unknown[]> => {
    const answer = await world.call('GET', '/whoami', { jwt });
    return answer.statusCode === 401 ? [] : answer.json().roles;
  };
  const assertRefused = (answer: { statusCode: number; body: string }, credential: string) => {
    assert.equal(answer.statusCode, 422, answer.body);
    assert.match(answer.body, new RegExp(credential));
  };

  test("a manager's JWT of a new account never gets the role that an admin binds later", async () => {
    const planted = await create(mia, 'bot', 'team-a');
    assertRefused(await bindNew(al, 'bot', 'manager', 'team-a'), planted.credential_id);
    assert.deepEqual(await rolesOf(planted.jwt), []);

    const dry = await bindNew(al, 'bot', 'manager', 'team-a', '?dry_run=true');
    assertRefused(dry, planted.credential_id);
    const done = await bindNew(al, 'bot', 'manager', 'team-a', '?revoke_others=true');
    assert.equal(done.statusCode, 200, done.body);
    assert.deepEqual(done.json().revoked, [planted.credential_id]);
    assert.equal((await world.call('GET', '/whoami', { jwt: planted.jwt })).statusCode, 401);

    const [entry] = (await world.call('GET', '/activity?kind=Credential', { jwt: root })).json().items;
    assert.equal(entry.entity, planted.credential_id);
    assert.equal(entry.author.account, 'al');
  });

  test('a session that was begun with such a credential ends with it', async () => {
    const planted = await create(mia, 'bot', 'team-a');
    // An account without a role may sign in, too.
    const begun = await world.call('POST', '/session', { jwt: planted.jwt });
    const cookie = String([begun.headers['set-cookie']].flat()[0]).split(';')[0] ?? '';
    const ask = () => world.call('GET', '/whoami', { headers: { cookie, 'sallyport-csrf': '1' } });
    assert.equal((await ask()).statusCode, 200);
    assert.equal((await bindNew(al, 'bot', 'manager', 'team-a', '?revoke_others=true')).statusCode, 200);
    assert.equal((await ask()).statusCode, 401);
  });

  test('the same in one apply, and for a role that is raised or gets another namespace', async () => {
    const planted = await create(al, 'bot', 'team-a');
    assert.equal((await bindNew(al, 'bot', 'viewer', 'team-a.sub')).statusCode, 200);
    // The admin of team-a could do all of this; the admin of org gets no further by it.
    assert.equal((await bind(al, 'bot', 'manager', 'team-a.sub')).statusCode, 200);
    const later = await rotate(mia, 'mia');
    assertRefused(await bindNew(al, 'mia', 'admin', 'team-a'), later.credential_id);
    const body = {
      resources: [
        {
          apiVersion: 'sallyport/v1alpha1',
          kind: 'RoleBinding',
          id: 'mia',
          account: 'mia',
          role: 'admin',
          namespace: 'team-a',
        },
      ],
    };
    const apply = (query = '') => world.call('POST', `/resources:apply${query}`, { jwt: al, body });
    assertRefused(await apply(), later.credential_id);
    const done = await apply('?revoke_others=true');
    assert.equal(done.statusCode, 200, done.body);
    assert.deepEqual(done.json().revoked, [later.credential_id]);
    assert.deepEqual(await rolesOf(later.jwt), []);
    assert.equal((await rolesOf(planted.jwt)).length, 1);
  });

  test('a role that stays or goes down asks for nothing', async () => {
    await create(al, 'bot', 'team-a');
    assert.equal((await bindNew(al, 'bot', 'admin', 'team-a')).statusCode, 200);
    assert.equal((await bind(root, 'bot', 'viewer', 'team-a')).statusCode, 200);
    const again = await bind(root, 'bot', 'viewer', 'team-a');
    assert.equal(again.json().action, 'unchanged', again.body);
  });

  test('a credential without issued_by counts as issued by somebody else', async () => {
    await world.apply(`${HEAD}\nkind: ServiceAccount\nid: old\nnamespace: team-a\nuser_id: old`);
    const jwt = await world.signIn('old');
    const reader = new Reader(world.store);
    const [before] = await reader
      .collect('credential')
      .then((all) => all.filter(({ account }) => account === 'old'));
    assert.ok(before);
    const { issued_by: _none, ...stored } = before;
    const { revision } = await world.store.position();
    await world.store.commit(revision, [{ key: { kind: 'credential', id: before.id }, value: stored }]);
    assertRefused(await bindNew(root, 'old', 'viewer', 'team-a'), before.id);
    assert.equal((await bindNew(root, 'old', 'viewer', 'team-a', '?revoke_others=true')).statusCode, 200);
    assert.deepEqual(await rolesOf(jwt), []);
  });

  test('an account that moves up is refused, with a credential for the mesh, too', async () => {
    const planted = await create(mia, 'bot', 'team-a.sub', 'mesh');
    const move = (jwt: string, namespace: string, query = '') =>
      world.call('PUT', `/service-accounts/bot${query}`, {
        jwt,
        body: { id: 'bot', namespace, user_id: 'bot' },
        headers: { 'if-match': '*' },
      });
    assert.equal((await move(mia, 'team-a')).statusCode, 200, 'the manager of both could make it');
    assertRefused(await move(root, 'org'), planted.credential_id);
    assertRefused(await move(root, 'team-c'), planted.credential_id);
    assert.equal((await move(root, 'team-a.sub')).statusCode, 200, 'further down there is nothing to gain');
    const done = await move(root, 'org', '?revoke_others=true');
    assert.equal(done.statusCode, 200, done.body);
    assert.deepEqual(done.json().revoked, [planted.credential_id]);
  });

  test('disabled accounts and accounts that have expired hide nothing', async () => {
    const planted = await create(mia, 'bot', 'team-a');
    assert.equal((await world.call('POST', '/service-accounts/bot/disable', { jwt: mia })).statusCode, 200);
    assertRefused(await bindNew(al, 'bot', 'manager', 'team-a'), planted.credential_id);
  });

  test('an issuer who became an admin later could make the change; one who is gone or disabled could not', async () => {
    const planted = await create(mia, 'bot', 'team-a');
    assert.equal((await bindNew(root, 'mia', 'admin', 'team-a')).statusCode, 200);
    assert.equal((await world.call('POST', '/service-accounts/mia/disable', { jwt: root })).statusCode, 200);
    assertRefused(await bindNew(al, 'bot', 'manager', 'team-a'), planted.credential_id);
    assert.equal((await world.call('POST', '/service-accounts/mia/enable', { jwt: root })).statusCode, 200);
    assert.equal((await bindNew(al, 'bot', 'viewer', 'team-a')).statusCode, 200);

    // The account comes back as an admin's: another one, whoever has it.
    const second = await create(mia, 'bot-2', 'team-a');
    assert.equal((await world.call('DELETE', '/service-accounts/mia', { jwt: root })).statusCode, 200);
    await create(root, 'mia', 'team-a');
    assert.equal((await bindNew(root, 'mia', 'admin', 'team-a')).statusCode, 200);
    assertRefused(await bindNew(al, 'bot-2', 'viewer', 'team-a'), second.credential_id);
  });

  test('who issued the credential that issued it counts, where that one is no longer good', async () => {
    // Al has a JWT of carl, who becomes admin of org later: what was made with it before is still Al's.
    const carls = await create(al, 'carl', 'team-a');
    assert.equal((await bindNew(al, 'carl', 'admin', 'team-a')).statusCode, 200);
    const planted = await create(carls.jwt, 'bot', 'team-a');
    const asOrg = { id: 'carl', namespace: 'org', user_id: 'carl' };
    const moved = await world.call('PUT', '/service-accounts/carl?revoke_others=true', {
      jwt: root,
      body: asOrg,
      headers: { 'if-match': '*' },
    });
    assert.equal(moved.statusCode, 200, moved.body);
    assert.equal((await bindNew(root, 'carl', 'admin', 'org')).statusCode, 200);
    const upward = await world.call('PUT', '/service-accounts/bot', {
      jwt: root,
      body: { id: 'bot', namespace: 'org', user_id: 'bot' },
      headers: { 'if-match': '*' },
    });
    assertRefused(upward, planted.credential_id);
  });

  test('an issuer who rotated since still could make the change', async () => {
    const made = await create(root, 'bot', 'team-a');
    await rotate(root, 'root', { old_valid_for_seconds: 0 });
    const next = await world.signIn('root');
    assert.equal((await bindNew(next, 'bot', 'admin', 'team-a')).statusCode, 200);
    assert.equal((await rolesOf(made.jwt)).length, 1);
  });

  test('a namespace that moves below an account asks about the credentials of who lost their role', async () => {
    const kept = await create(al, 'keeper', 'team-a');
    assert.equal((await bindNew(al, 'keeper', 'admin', 'team-a')).statusCode, 200);
    const move = (query = '') =>
      world.call('PUT', `/namespaces/team-c${query}`, {
        jwt: root,
        body: { id: 'team-c', parent: 'team-a' },
        headers: { 'if-match': '*' },
      });
    const removed = await world.call('DELETE', '/role-bindings/al', { jwt: root });
    assert.equal(removed.statusCode, 200, removed.body);
    assertRefused(await move(), kept.credential_id);
    assert.equal((await move('?revoke_others=true')).statusCode, 200);
    assert.deepEqual(await rolesOf(kept.jwt), []);
  });

  test('a namespace that moves to whoever holds the role still takes no credential', async () => {
    const kept = await create(al, 'keeper', 'team-a');
    assert.equal((await bindNew(al, 'keeper', 'admin', 'team-a')).statusCode, 200);
    const moved = await world.call('PUT', '/namespaces/team-c', {
      jwt: root,
      body: { id: 'team-c', parent: 'team-a' },
      headers: { 'if-match': '*' },
    });
    assert.equal(moved.statusCode, 200, moved.body);
    assert.equal((await rolesOf(kept.jwt)).length, 1);
  });

  test('bootstrap of an account that somebody else made is refused, and done with revokeOthers', async () => {
    const gm = await world.signIn('gm');
    const planted = await create(gm, 'alice', 'global');
    const again = (revokeOthers: boolean) =>
      bootstrap(
        world.store,
        machinePrincipal('tester', 'here', Date.now),
        world.issuing,
        'alice',
        revokeOthers,
      );
    await assert.rejects(again(false), new RegExp(`alice: credentials: ${planted.credential_id}`));
    assert.deepEqual(await rolesOf(planted.jwt), []);
    const { jwt, revoked } = await again(true);
    assert.deepEqual(revoked, [planted.credential_id]);
    assert.deepEqual(await rolesOf(planted.jwt), []);
    assert.equal((await rolesOf(jwt)).length, 1);
    assert.equal((await rolesOf((await again(false)).jwt)).length, 1);
  });

  test('who may not revoke them may not give the role', async () => {
    const planted = await create(root, 'bot', 'org');
    const answer = await bindNew(al, 'bot', 'viewer', 'team-a', '?revoke_others=true');
    assert.ok([403, 422].includes(answer.statusCode), answer.body);
    assert.doesNotMatch(answer.body, new RegExp(planted.credential_id));
  });

  test("Pomerium's credential is vouched for by who marks the account", async () => {
    const put = (jwt: string) =>
      world.call('PUT', '/service-accounts/pom', {
        jwt,
        body: { id: 'pom', namespace: 'team-a', user_id: 'pom', pomerium: true },
      });
    assert.equal((await put(mia)).statusCode, 200);
    assertRefused(await bindNew(al, 'pom', 'viewer', 'team-a'), 'pom');
  });
});
