import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { SharedExplaining } from '../../src/app/share-explaining.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { openEmbeddedStore } from '../../src/store/embedded/embedded-store.ts';
import { type Store, StoreUnavailable } from '../../src/store/port.ts';

const folder = mkdtempSync(join(tmpdir(), 'sallyport-explaining-'));
const config = loadConfig({
  file: undefined,
  env: { SALLYPORT_STORE__EMBEDDED__PATH: folder },
  flags: {},
  cwd: folder,
});
let store: Store;
let snapshots = 0;
const opened: SharedExplaining[] = [];
before(async () => {
  store = await openEmbeddedStore({ path: join(folder, 'store') });
});
after(async () => {
  for (const each of opened) await each.close();
  await store.close();
  rmSync(folder, { recursive: true });
});

function share(from: Store, idle?: number): SharedExplaining {
  const shared = new SharedExplaining({
    config,
    store: from,
    onFault: () => undefined,
    ...(idle !== undefined && { idle }),
    patience: 2000,
  });
  opened.push(shared);
  return shared;
}

/** Counts the snapshots that are read of the store, and rejects while it is said to be away. */
function watched(): Store & { away: boolean } {
  return {
    away: false,
    async position() {
      if (this.away) throw new StoreUnavailable('away');
      return store.position();
    },
    get: (keys, atLeast) => store.get(keys, atLeast),
    list: (kind, page) => store.list(kind, page),
    async snapshot(atLeast) {
      if (this.away) throw new StoreUnavailable('away');
      snapshots++;
      return store.snapshot(atLeast);
    },
    commit: (expected, writes) => store.commit(expected, writes),
    follow: (from, signal) => store.follow(from, signal),
    close: () => store.close(),
  };
}

async function addNamespace(id: string): Promise<void> {
  const { revision } = await store.position();
  await store.commit(revision, [
    { key: { kind: 'namespace', id }, value: { id, parent: 'global', name: '', default_policies: [] } },
  ]);
}

test('requests at once share one snapshot, which shows all that was committed before each', async () => {
  const shared = share(watched());
  snapshots = 0;
  const several = await Promise.all(Array.from({ length: 20 }, () => shared.open()));
  assert.equal(snapshots, 1);
  assert.equal(new Set(several.map(({ parts }) => parts.snapshot())).size, 1);
  for (let count = 0; count < 10; count++) {
    await addNamespace(`n${count}`);
    const explaining = await shared.open();
    assert.ok(explaining.parts.snapshot().tree.nodes.has(`n${count}`));
    await explaining.close();
  }
  assert.ok(!several[0]?.parts.snapshot().tree.nodes.has('n9'), 'what a request began with stays');
  for (const each of several) await each.close();
});

test('the snapshot is dropped once nobody has asked for a while, and not before', async () => {
  const shared = share(watched(), 1);
  snapshots = 0;
  const used = await shared.open();
  await new Promise((resolve) => setTimeout(resolve, 10));
  await (await shared.open()).close();
  assert.equal(snapshots, 1, 'it is in use');
  await used.close();
  while (snapshots === 1) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    await (await shared.open()).close();
  }
});

test('a store that is away fails the request, and not those that come once it is back', async () => {
  const from = watched();
  const shared = share(from);
  from.away = true;
  await assert.rejects(shared.open(), StoreUnavailable);
  from.away = false;
  await (await shared.open()).close();
  from.away = true;
  await assert.rejects(shared.open(), StoreUnavailable);
});
