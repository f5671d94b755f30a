import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { IndexedStore } from '../../src/resources/indexed-store.ts';
import { Reader } from '../../src/resources/reader.ts';
import { openEmbeddedStore } from '../../src/store/embedded/embedded-store.ts';
import { StoreUnavailable, type Write } from '../../src/store/port.ts';
import type { StoreWithSideWrites } from '../../src/store/side-writes.ts';

const namespace = (id: string, parent = 'global'): Write => ({
  key: { kind: 'namespace', id },
  value: { id, parent, name: '', default_policies: [] },
});
const account = (id: string, where: string): Write => ({
  key: { kind: 'service_account', id },
  value: { id, namespace: where, user_id: id, created_at: '2026-01-01T00:00:00Z' },
});
const binding = (id: string, of: string, where: string): Write => ({
  key: { kind: 'role_binding', id },
  value: { id, account: of, role: 'viewer', namespace: where },
});
const removed = (write: Write): Write => ({ ...write, value: undefined });

async function commit(store: StoreWithSideWrites, ...writes: Write[]): Promise<void> {
  const { revision } = await store.position();
  assert.ok('committed' in (await store.commit(revision, writes)));
}

async function accountsIn(reader: Reader, ...namespaces: string[]): Promise<string[]> {
  const found: string[] = [];
  for await (const { id } of reader.within('service_account', (each) => namespaces.includes(each)))
    found.push(id);
  return found;
}

describe('a store with an index of what is in which namespace', () => {
  let folder: string;
  /** As another process has it. */
  let other: StoreWithSideWrites;
  let indexed: IndexedStore;
  const faults: Error[] = [];
  /** Calls of `list`, by kind. */
  let lists: string[];
  let down: boolean;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sallyport-indexed-'));
    other = await openEmbeddedStore({ path: join(folder, 'store'), logLength: 50 });
    await commit(other, namespace('a'), namespace('b'), account('a1', 'a'), account('b1', 'b'));
    lists = [];
    down = false;
    faults.length = 0;
    const watched: StoreWithSideWrites = {
      side: other.side,
      position: async () => {
        if (down) throw new StoreUnavailable('down');
        return other.position();
      },
      get: (keys, atLeast) => other.get(keys, atLeast),
      list: (kind, page) => {
        lists.push(kind);
        return other.list(kind, page);
      },
      picture: (atLeast) => other.picture(atLeast),
      commit: (expected, writes) => other.commit(expected, writes),
      follow: (from, signal) => other.follow(from, signal),
      close: async () => undefined,
    };
    indexed = new IndexedStore(watched, (fault) => faults.push(fault));
  });
  afterEach(async () => {
    await indexed.close();
    await other.close();
    await rm(folder, { recursive: true });
  });

  test('reads everything once, and from then on only what is asked for', async () => {
    const reader = new Reader(indexed);
    assert.deepEqual(await accountsIn(reader, 'a'), ['a1']);
    lists = [];
    for (let times = 0; times < 5; times++) {
      assert.deepEqual(await accountsIn(reader, 'b'), ['b1']);
      assert.deepEqual(
        (await reader.namespaces()).map(({ id }) => id),
        ['a', 'b'],
      );
      assert.deepEqual(await reader.bindingsOf('a1'), []);
      assert.ok((await reader.tree()).nodes.has('a'));
    }
    assert.deepEqual(lists, []);
  });

  test('an answer holds everything that was committed before it was asked for, by this process or another', async () => {
    const reader = new Reader(indexed);
    for (let n = 0; n < 20; n++) {
      const where = n % 2 === 0 ? indexed : other;
      await commit(where, account(`x${n}`, 'a'), binding(`r${n}`, 'a1', 'a'));
      assert.ok((await accountsIn(reader, 'a')).includes(`x${n}`));
      assert.equal((await reader.bindingsOf('a1')).length, n + 1);
      await commit(where, removed(account(`x${n}`, 'a')), account('a1', n % 4 < 2 ? 'b' : 'a'));
      assert.deepEqual(await accountsIn(reader, 'a'), n % 4 < 2 ? [] : ['a1']);
    }
    await commit(other, namespace('c', 'a'));
    assert.equal((await reader.tree()).nodes.get('c')?.parent?.id, 'a');
    assert.deepEqual(faults, []);
  });

  test('what was committed past the end of the change log is read again as a whole', async () => {
    const reader = new Reader(indexed);
    await accountsIn(reader, 'a');
    const writes = Array.from({ length: 120 }, (_, n) => account(`z${n}`, 'b'));
    for (const write of writes) await commit(other, write);
    assert.equal((await accountsIn(reader, 'b')).length, 121);
  });

  test('while the store is away nothing is answered from memory', async () => {
    const reader = new Reader(indexed);
    await accountsIn(reader, 'a');
    down = true;
    await assert.rejects(accountsIn(reader, 'a'), StoreUnavailable);
    await assert.rejects(reader.tree(), StoreUnavailable);
    await assert.rejects(reader.bindingsOf('a1'), StoreUnavailable);
    down = false;
    assert.deepEqual(await accountsIn(reader, 'a'), ['a1']);
  });

  test('a record that can not be read is a fault of those who read it, and of nobody else', async () => {
    await commit(other, {
      key: { kind: 'service_account', id: 'a0' },
      value: { id: 'a0', namespace: 'a', more: 1 },
    });
    const reader = new Reader(indexed);
    await assert.rejects(accountsIn(reader, 'a'), /a0/);
    assert.deepEqual(await accountsIn(reader, 'b'), ['b1']);
  });
});
