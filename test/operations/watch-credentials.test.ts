import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createProcessMetrics } from '../../src/observe/process-metrics.ts';
import { countCredentials } from '../../src/operations/count-credentials.ts';
import { watchCredentials } from '../../src/operations/watch-credentials.ts';
import { openEmbeddedStore } from '../../src/store/embedded/embedded-store.ts';
import { type Store, StoreUnavailable, type Write } from '../../src/store/port.ts';

const NOW = Date.parse('2026-11-28T00:00:00Z');
const DAY = 86_400_000;
const folder = mkdtempSync(join(tmpdir(), 'sallyport-expiring-'));
let store: Store;
before(async () => {
  store = await openEmbeddedStore({ path: join(folder, 'store') });
});
after(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

async function commit(...writes: Write[]): Promise<void> {
  assert.ok('committed' in (await store.commit((await store.position()).revision, writes)));
}
const credential = (n: number, days: number | undefined, more: object = {}): Write => {
  const id = `c${String(n).padStart(21, '0')}`;
  const end = days === undefined ? {} : { expires_at: new Date(NOW + days * DAY).toISOString() };
  const value = { id, account: 'robot', purpose: 'mesh', label: '', issued_at: '2026-01-01T00:00:00Z' };
  return { key: { kind: 'credential', id }, value: { ...value, ...end, ...more } };
};
const { signal } = new AbortController();

test('credentials that are active and expire count, over as many pages as there are', async () => {
  await commit(
    credential(1, 0.5, { kid: 'k1' }),
    credential(2, 1, { purpose: 'admin', kid: 'k1' }),
    credential(3, 6),
    credential(4, 29),
    // Of no use any more, without an end, too late, or not to be read.
    credential(5, -1),
    credential(6, 0.5, { revoked_at: '2026-11-01T00:00:00Z' }),
    credential(7, undefined),
    credential(8, 31),
    credential(9, 0.5, { purpose: 'unknown' }),
  );
  const none = { 1: 0, 7: 0, 30: 0 };
  const { expiring, byKey } = await countCredentials(store, NOW, signal);
  assert.deepEqual(expiring, { mesh: { 1: 1, 7: 2, 30: 3 }, admin: { 1: 1, 7: 1, 30: 1 }, pomerium: none });
  assert.deepEqual(
    byKey,
    new Map([
      ['', 4],
      ['k1', 2],
    ]),
  );
  await commit(...Array.from({ length: 600 }, (_, n) => credential(100 + n, 3)));
  assert.deepEqual((await countCredentials(store, NOW, signal)).expiring.mesh, { 1: 1, 7: 602, 30: 603 });
});

test('more keys than a metric should name count as others', async () => {
  const keys = (key: string) =>
    Array.from({ length: 60 }, (_, n) => credential(1000 + n, undefined, { kid: `${key}${n}` }));
  await commit(...keys('k'));
  const { byKey } = await countCredentials(store, NOW, signal);
  assert.equal(byKey.size, 51);
  assert.ok((byKey.get('other') ?? 0) >= 10);
  await commit(...keys('k').map(({ key }) => ({ key, value: undefined })));
});

test('a scrape reads nothing, sees the last count, and sees none while the store is away', async () => {
  let lists = 0;
  let away: Error | undefined = new StoreUnavailable('away');
  const from: Store = Object.assign(Object.create(store), {
    list: async (...page: Parameters<Store['list']>) => {
      lists += 1;
      if (away) throw away;
      return store.list(...page);
    },
  });
  const faults: string[] = [];
  const watched = watchCredentials({
    store: from,
    now: () => NOW,
    onFault: ({ message }) => faults.push(message),
    interval: 1,
  });
  const metrics = createProcessMetrics({
    version: '1.2.3',
    logger: { problems: new Map() },
    credentials: watched.counts,
    contact: () => ({ up: true, at: performance.now() }),
    fileFaults: () => 0,
  });
  const scrape = async () =>
    (await metrics()).text
      .split('\n')
      .filter((line) => /^sallyport_credentials_(?:expiring\{purpose="(?:mesh|admin)"|active\{)/.test(line));
  const until = async (isSo: () => boolean) => {
    while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 1));
  };
  try {
    await until(() => lists > 1);
    assert.deepEqual(await scrape(), []);
    assert.deepEqual(faults, []);
    away = new Error('broken');
    const then = lists;
    await until(() => lists > then + 1);
    assert.deepEqual(faults, ['broken'], 'the same fault is told of once');
    away = undefined;
    await until(() => watched.counts() !== undefined);
    assert.deepEqual(await scrape(), [
      'sallyport_credentials_expiring{purpose="mesh",within="1d"} 1',
      'sallyport_credentials_expiring{purpose="mesh",within="7d"} 602',
      'sallyport_credentials_expiring{purpose="mesh",within="30d"} 603',
      'sallyport_credentials_expiring{purpose="admin",within="1d"} 1',
      'sallyport_credentials_expiring{purpose="admin",within="7d"} 1',
      'sallyport_credentials_expiring{purpose="admin",within="30d"} 1',
      'sallyport_credentials_active{kid="k1"} 2',
      'sallyport_credentials_active{kid=""} 604',
    ]);
    away = new StoreUnavailable('away');
    await until(() => watched.counts() === undefined);
    assert.deepEqual(await scrape(), []);
  } finally {
    await watched.close();
  }
  const then = lists;
  for (let n = 0; n < 5; n += 1) await scrape();
  assert.equal(lists, then);
});
