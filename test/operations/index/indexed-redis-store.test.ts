// The index over Redis: what another process commits is there for the next to ask, and nothing is answered without Redis.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { IndexedStore } from '../../../src/operations/index/indexed-store.ts';
import { Reader } from '../../../src/operations/reader.ts';
import { type Store, StoreUnavailable, type Write } from '../../../src/store/port.ts';
import { openRedisStore, type RedisStore } from '../../../src/store/redis/redis-store.ts';
import { type RedisServer, startRedis, until } from '../../support/redis-servers.ts';

let server: RedisServer;
let own: RedisStore;
let other: RedisStore;
let indexed: IndexedStore;
const faults: string[] = [];
before(async () => {
  // What is acknowledged is there after a SIGKILL.
  server = await startRedis({ config: ['--appendfsync', 'always'] });
  const open = () =>
    openRedisStore({
      place: { kind: 'standalone', address: server.address },
      commandTimeout: 2000,
      logLength: 5,
    });
  own = await open();
  other = await open();
  indexed = new IndexedStore(own, ({ message }) => faults.push(message));
});
after(async () => {
  await indexed.close();
  await own.close();
  await other.close();
  await server.stop();
});

const policy = (id: string, namespace: string): Write => ({
  key: { kind: 'policy', id },
  value: { id, namespace, ppl: { allow: { or: [{ user: 'bob' }] } }, enforced: false, mode: 'enforce' },
});
async function commit(by: Store, ...writes: Write[]): Promise<void> {
  assert.ok('committed' in (await by.commit((await by.position()).revision, writes)));
}
async function policiesOf(at: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { spec } of new Reader(indexed).resourcesWithin('Policy', (one) => one === at))
    found.push(spec.id);
  return found;
}

test('each process reads what it and what others have committed, in one namespace alone', async () => {
  for (const [n, by] of [other, own, indexed, other].entries()) {
    await commit(by, policy(`b${n}`, 'team-b'), policy(`a${n}`, 'team-a'), policy(`z${n}`, 'team-b'));
    assert.ok((await policiesOf('team-a')).includes(`a${n}`));
  }
  assert.deepEqual(await policiesOf('team-a'), ['a0', 'a1', 'a2', 'a3']);
  await commit(other, policy('a0', 'team-b'), { key: { kind: 'policy', id: 'a1' }, value: undefined });
  assert.deepEqual(await policiesOf('team-a'), ['a2', 'a3']);
});

test('while Redis is away nothing is answered, and what was committed since is there after it', async () => {
  await server.kill();
  await assert.rejects(policiesOf('team-a'), StoreUnavailable);
  await server.restart();
  // Reads, writes and the change log have connections of their own, and each comes back by itself.
  const reaches = (answer: Promise<unknown>) =>
    answer.then(
      () => true,
      () => false,
    );
  await until('others to write', () => reaches(commit(other, policy('late', 'team-c'))));
  for (let n = 1; n < 20; n += 1) await commit(other, policy(`late${n + 10}`, 'team-c'));
  await until('this process to read', () => reaches(policiesOf('team-c')));
  assert.equal((await policiesOf('team-c')).length, 20);
  assert.deepEqual(await policiesOf('team-a'), ['a2', 'a3']);
});
