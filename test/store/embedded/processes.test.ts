import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { openEmbeddedStore } from '../../../src/store/embedded/embedded-store.ts';
import type { Store } from '../../../src/store/port.ts';
import { within } from '../../support/within.ts';
import { takeChanges } from '../events.ts';
import { forkWriter } from './fork-writer.ts';

const ROUNDS = 5;

async function idsOf(store: Store, kind: 'route' | 'policy'): Promise<string[]> {
  return (await store.list(kind, { limit: 1_000_000 })).map(({ id }) => id);
}

describe('an embedded store that several processes have open', () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sallyport-store-'));
    path = join(folder, 'store');
  });
  afterEach(() => rm(folder, { recursive: true }));

  test('a follower sees what another process commits, and the map grows under it', async () => {
    const store = await openEmbeddedStore({ path, mapSize: 1 << 20 });
    const start = await store.position();
    const taking = takeChanges(store, start, 300);
    const writer = forkWriter(path, { count: 300 });
    assert.deepEqual(await within(writer.ended, 'the writer'), { status: 0, stderr: '' });
    const changes = await taking;
    assert.deepEqual(
      changes.map((change) => change.type === 'commit' && change.keys[0]?.id),
      writer.acknowledged,
    );
    assert.equal((await store.snapshot()).records.length, 600);
    await store.close();
  });

  test('commits of several processes come one after the other, none lost', async () => {
    const writers = [forkWriter(path, { count: 60 }), forkWriter(path, { count: 60 })];
    const store = await openEmbeddedStore({ path });
    for (const writer of writers)
      assert.deepEqual(await within(writer.ended, 'a writer'), { status: 0, stderr: '' });
    assert.equal((await store.position()).revision, 120);
    assert.deepEqual(
      await idsOf(store, 'route'),
      writers.flatMap(({ acknowledged }) => acknowledged).toSorted(),
    );
    await store.close();
  });

  test('a process killed in the middle of writing loses no acknowledged commit, leaves none half done and blocks nobody', async () => {
    const bystander = await openEmbeddedStore({ path });
    const acknowledged: string[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const writer = forkWriter(path);
      await within(writer.reached(10 + round * 7), 'the writer');
      writer.process.kill('SIGKILL');
      assert.equal((await within(writer.ended, 'the end of the writer')).status, 'SIGKILL');
      acknowledged.push(...writer.acknowledged);

      const commit = async () =>
        bystander.commit((await bystander.position()).revision, [
          { key: { kind: 'credential', id: `${round}` }, value: {} },
        ]);
      // Killed after it wrote a commit and before it told readers, the writer leaves one that only the next writer finds: a conflict.
      const results = [await within(commit(), 'a commit of the process that is left')];
      if (results.some((result) => 'conflict' in result)) results.push(await within(commit(), 'another'));
      assert.ok(results.some((result) => 'committed' in result));
    }
    await bystander.close();

    const store = await openEmbeddedStore({ path });
    const routes = await idsOf(store, 'route');
    assert.deepEqual(await idsOf(store, 'policy'), routes);
    const found = new Set(routes);
    assert.deepEqual(
      acknowledged.filter((id) => !found.has(id)),
      [],
    );
    assert.equal((await store.snapshot()).records.length, 2 * routes.length);
    assert.equal((await store.position()).revision, routes.length + ROUNDS);
    await store.close();
  });

  test('a commit that the disk refuses is an error that says so, and nothing of it is kept', async () => {
    const writer = forkWriter(path, { count: 10_000, fileBlocks: 3000 });
    const { status, stderr } = await within(writer.ended, 'the writer');
    assert.equal(status, 1);
    // Which of the two LMDB gives depends on how the pages lie.
    assert.match(
      stderr,
      /StoreUnavailable: can't write the store in .*: (the file would get larger|the disk refused it)/,
    );

    const store = await openEmbeddedStore({ path });
    assert.deepEqual((await idsOf(store, 'route')).toSorted(), writer.acknowledged.toSorted());
    assert.deepEqual(await idsOf(store, 'policy'), await idsOf(store, 'route'));
    assert.equal((await store.position()).revision, writer.acknowledged.length);
    await store.close();
  });
});
