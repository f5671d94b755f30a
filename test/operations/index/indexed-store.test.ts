import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { ResourceKind } from '../../../src/contract/resource-kinds.ts';
import { FollowedIndex } from '../../../src/operations/index/followed-index.ts';
import { IndexedStore } from '../../../src/operations/index/indexed-store.ts';
import { RecordPlaces } from '../../../src/operations/index/record-places.ts';
import { Reader } from '../../../src/operations/reader.ts';
import { PLACED_KINDS } from '../../../src/operations/resource-kinds.ts';
import { openEmbeddedStore } from '../../../src/store/embedded/embedded-store.ts';
import { type Store, StoreUnavailable, type Write } from '../../../src/store/port.ts';
import { RecordFault, type RecordKind } from '../../../src/store/record.ts';
import type { StoreWithTelemetry } from '../../../src/store/telemetry-writes.ts';

const folder = mkdtempSync(join(tmpdir(), 'sallyport-indexed-'));
let store: StoreWithTelemetry;
let indexed: IndexedStore;
before(async () => {
  store = await openEmbeddedStore({ path: folder, logLength: 5 });
  indexed = new IndexedStore(store, assert.fail);
});
after(async () => {
  await indexed.close();
  await store.close();
  rmSync(folder, { recursive: true });
});

const namespace = (id: string, parent: string): Write => ({
  key: { kind: 'namespace', id },
  value: { id, parent, name: '', default_policies: [] },
});
const account = (id: string, at: string): Write => ({
  key: { kind: 'service_account', id },
  value: {
    id,
    namespace: at,
    user_id: id,
    description: '',
    disabled: false,
    pomerium: false,
    created_at: '2026-01-01T00:00:00Z',
    credentials: [],
  },
});
const binding = (id: string, of: string, at: string): Write => ({
  key: { kind: 'role_binding', id },
  value: { id, account: of, role: 'viewer', namespace: at, description: '' },
});
const gone = (kind: RecordKind, id: string): Write => ({ key: { kind, id }, value: undefined });

async function commit(by: Store, ...writes: Write[]): Promise<void> {
  assert.ok('committed' in (await by.commit((await by.position()).revision, writes)));
}

async function idsWithin(kind: ResourceKind, at: string) {
  const found: string[] = [];
  for await (const { spec } of new Reader(indexed).resourcesWithin(kind, (one) => one === at))
    found.push(spec.id);
  return found;
}

test('what this process and others commit is there for the next to ask', async () => {
  for (const by of [store, indexed, store, indexed]) {
    await commit(by, namespace('team-a', 'global'), account('b', 'team-a'), account('a', 'team-a'));
    assert.deepEqual(await idsWithin('ServiceAccount', 'team-a'), ['a', 'b']);
    await commit(by, account('b', 'team-b'), binding('r', 'a', 'team-a'));
    assert.deepEqual(await idsWithin('ServiceAccount', 'team-a'), ['a']);
    assert.deepEqual(await idsWithin('ServiceAccount', 'team-b'), ['b']);
    assert.deepEqual(
      (await new Reader(indexed).bindingsOf('a')).map(({ id }) => id),
      ['r'],
    );
    assert.ok((await new Reader(indexed).tree()).nodes.has('team-a'));
    await commit(by, gone('namespace', 'team-a'), gone('service_account', 'b'), gone('role_binding', 'r'));
    assert.deepEqual(await idsWithin('ServiceAccount', 'team-b'), []);
    assert.deepEqual(await new Reader(indexed).bindingsOf('a'), []);
    assert.ok(!(await new Reader(indexed).tree()).nodes.has('team-a'));
  }
});

test('commits of both that come at once are all in it', async () => {
  const add = async (by: Store, id: string) => {
    for (;;) {
      const { revision } = await by.position();
      if ('committed' in (await by.commit(revision, [account(id, 'crowd')]))) return;
    }
  };
  await Promise.all(
    Array.from({ length: 60 }, (_, index) => add(index % 2 ? store : indexed, `c${index + 10}`)),
  );
  assert.deepEqual(
    await idsWithin('ServiceAccount', 'crowd'),
    Array.from({ length: 60 }, (_, index) => `c${index + 10}`),
  );
});

test('where the change log was trimmed, everything is read again', async () => {
  const slow = await openEmbeddedStore({ path: folder, logLength: 5, pollInterval: 50 });
  const late = new IndexedStore(slow, assert.fail);
  const trimmed = async () =>
    (await late.places.current()).ids('service_account').select((at) => at === 'trimmed', { limit: 99 });
  assert.deepEqual(await trimmed(), []);
  for (let count = 0; count < 20; count++) await commit(store, account(`t${count + 10}`, 'trimmed'));
  assert.equal((await trimmed()).length, 20);
  await late.close();
  await slow.close();
});

test('who lists one namespace has no records of the others read', async () => {
  const others = Array.from({ length: 300 }, (_, index) => account(`o${index}`, 'theirs'));
  await commit(store, ...others, account('o17', 'mine'), account('o250', 'mine'));
  await idsWithin('ServiceAccount', 'mine');
  const asked: string[] = [];
  const { get, list } = store;
  store.get = (keys, atLeast) => {
    asked.push(...keys.map(({ id }) => id));
    return get.call(store, keys, atLeast);
  };
  store.list = () => assert.fail('it lists a whole kind');
  try {
    assert.deepEqual(await idsWithin('ServiceAccount', 'mine'), ['o17', 'o250']);
    assert.deepEqual(asked, ['o17', 'o250']);
  } finally {
    Object.assign(store, { get, list });
  }
});

test('a namespace or a binding that can not be read fails who asks for it, until it is repaired', async () => {
  await commit(store, { key: { kind: 'namespace', id: 'bad' }, value: { id: 'bad', parent: 7 } });
  await assert.rejects(new Reader(indexed).tree(), RecordFault);
  await commit(store, gone('namespace', 'bad'));
  await new Reader(indexed).tree();
  await commit(store, { key: { kind: 'role_binding', id: 'bad' }, value: { id: 'bad' } });
  await assert.rejects(new Reader(indexed).bindingsOf('a'), RecordFault);
  await commit(store, gone('role_binding', 'bad'));
  await new Reader(indexed).bindingsOf('a');
});

test('an index that can not keep up, or a store that is away, refuses and answers nothing old', async () => {
  const faults: string[] = [];
  let away = false;
  const fails = <T>(answer: Promise<T>) => (away ? Promise.reject(new StoreUnavailable('away')) : answer);
  const from: Store = {
    position: () => fails(store.position()),
    get: (keys) => fails(store.get(keys)),
    list: (kind, page) => fails(store.list(kind, page)),
    snapshot: () => fails(store.snapshot()),
    commit: (expected, writes) => store.commit(expected, writes),
    // A log that says nothing.
    async *follow(_position, signal) {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      yield* [];
    },
    close: () => store.close(),
  };
  const index = new FollowedIndex({
    store: from,
    kinds: PLACED_KINDS,
    create: () => new RecordPlaces(),
    onFault: (fault) => faults.push(fault.message),
    patience: 50,
  });
  away = true;
  await assert.rejects(index.current(), StoreUnavailable);
  away = false;
  while (faults.length === 0) await new Promise((resolve) => setImmediate(resolve));
  // It is read once the store is back, after a pause that patience may not outlast.
  for (;;) if (await index.current().catch(() => undefined)) break;
  await commit(store, account('unseen', 'team-a'));
  await assert.rejects(index.current(), /caught up/);
  await index.close();
  assert.deepEqual(faults, ['away']);
});
