import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { GLOBAL } from '../../../src/accounts/namespace-id.ts';
import { OPERATIONS } from '../../../src/contract/contract.ts';
import { transact } from '../../../src/operations/changes/transact.ts';
import { createServiceAccount } from '../../../src/operations/create-service-account.ts';
import { parseInput } from '../../../src/operations/parse-input.ts';
import { machinePrincipal, type Principal } from '../../../src/operations/principal.ts';
import { Reader } from '../../../src/operations/reader.ts';
import { ALL_GRANTS, grantsOf, holds } from '../../../src/roles/grants.ts';
import type { Store, Write } from '../../../src/store/port.ts';
import { type AdminWorld, openAdminWorld, TEAMS } from '../../support/admin-world.ts';

let world: AdminWorld;
before(async () => {
  world = await openAdminWorld();
  await world.apply(TEAMS);
  countReads(world.store);
});
after(() => world.close());

/** Each read of the store, such as `policy p1` for one record and `every policy` for a kind. */
const reads: string[] = [];
function countReads(store: Store): void {
  const { get, list } = store;
  store.get = (keys, atLeast) => {
    reads.push(...keys.map((key) => `${key.kind} ${key.id}`));
    return get.call(store, keys, atLeast);
  };
  store.list = (kind, page) => {
    if (page.after === undefined) reads.push(`every ${kind}`);
    return list.call(store, kind, page);
  };
}
afterEach(() => reads.splice(0));

test('creating an account over the admin API reads no namespace, role binding, policy or route from the store', async () => {
  const jwt = await world.signIn('root');
  await world.call('GET', '/namespaces', { jwt });
  reads.splice(0);
  const body = { id: 'remote', user_id: 'remote@team-a', namespace: 'team-a' };
  const answer = await world.call('POST', '/service-accounts', { jwt, body });
  assert.equal(answer.statusCode, 201, answer.body);
  const read = reads.filter((name) => !/^(service_account|credential|user_id|directory_user) /.test(name));
  assert.deepEqual(read, []);
});

test('creating an account without an index reads each record once, and no policy and no route', async () => {
  const reader = new Reader(world.store);
  await createServiceAccount(
    await parseInput(OPERATIONS.serviceAccounts.create, {
      body: { id: 'local', namespace: 'team-a', user_id: 'local@team-a' },
    }),
    {
      store: world.store,
      reader,
      principal: administrator,
      grants: ALL_GRANTS,
      tree: () => reader.tree(),
      issuing: async () => world.issuing,
      explaining: () => Promise.reject(new Error('nothing is explained here')),
      lint: () => Promise.reject(new Error('nothing is linted here')),
      report: async () => undefined,
    },
  );
  assert.deepEqual([...reads].sort(), [...new Set(reads)].sort());
  assert.deepEqual(reads.filter((name) => name.startsWith('every ')).sort(), [
    'every namespace',
    'every role_binding',
  ]);
  assert.ok(!reads.some((name) => /policy|route/.test(name)));
});

test('a transaction that is repeated after a conflict reads everything anew', async () => {
  const found: boolean[] = [];
  const { changed } = await transact(world.store, administrator, async (reader) => {
    found.push((await reader.tree()).nodes.has('late'));
    const account = await reader.find('service_account', 'viewer');
    if (found.length === 1) await commitLate();
    const value = { ...account, description: 'changed' };
    return { writes: [{ key: { kind: 'service_account', id: 'viewer' }, value }], result: undefined };
  });
  assert.ok(changed);
  assert.deepEqual(found, [false, true]);
});

test('roles that were taken away while a change was planned no longer allow it', async () => {
  const bindings: number[] = [];
  const change = transact(world.store, administrator, async (reader, grants) => {
    bindings.push((await reader.bindingsOf('root')).length);
    if (bindings.length === 1) await commit({ key: { kind: 'role_binding', id: 'root' }, value: undefined });
    assert.equal(holds(grants, 'admin', GLOBAL), bindings.length === 1);
    const account = await reader.find('service_account', 'viewer');
    const value = { ...account, description: 'changed again' };
    return { writes: [{ key: { kind: 'service_account', id: 'viewer' }, value }], result: undefined };
  });
  await assert.rejects(change, /the id viewer of a service account is in use/);
  assert.deepEqual(bindings, [1, 0]);
});

/** As another process does. */
async function commit(write: Write): Promise<void> {
  const { revision } = await world.store.position();
  assert.ok('committed' in (await world.store.commit(revision, [write])));
}

const commitLate = () =>
  commit({
    key: { kind: 'namespace', id: 'late' },
    value: { id: 'late', parent: GLOBAL, name: '', default_policies: [] },
  });

/** Somebody whose roles are in the store. */
const administrator: Principal = {
  ...machinePrincipal('tester', 'here', Date.now),
  grants: async (reader) => grantsOf(GLOBAL, await reader.bindingsOf('root'), await reader.tree(), []),
};
