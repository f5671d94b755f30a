import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { open } from 'lmdb';
import { openEmbeddedStore } from '../../../src/store/embedded/embedded-store.ts';
import { StoreFormatError, StoreUnavailable } from '../../../src/store/port.ts';
import { parseRecord, RecordFault } from '../../../src/store/record.ts';

describe('the folder of an embedded store', () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sallyport-store-'));
    path = join(folder, 'store');
  });
  afterEach(() => rm(folder, { recursive: true }));

  const modeOf = async (file: string) => ((await stat(file)).mode & 0o777).toString(8);
  const openRaw = () =>
    open<string, Uint8Array>({
      path,
      noSubdir: false,
      encoding: 'string',
      keyEncoding: 'binary',
      overlappingSync: false,
    });
  /** Changes the raw database behind the store's back. */
  const tamper = async (change: (db: ReturnType<typeof openRaw>) => void) => {
    const db = openRaw();
    db.transactionSync(() => change(db));
    await db.close();
  };
  const makeStore = async () => {
    const store = await openEmbeddedStore({ path });
    const value = { id: 'a', namespace: 'global' };
    await store.commit(0, [
      { key: { kind: 'route', id: 'a' }, value },
      { key: { kind: 'route', id: 'b' }, value: { ...value, id: 'b' } },
    ]);
    await store.close();
  };

  test('is made for its owner alone, with the folders above it', async () => {
    path = join(folder, 'above', 'store');
    await makeStore();
    assert.equal(await modeOf(path), '700');
    assert.equal(await modeOf(join(path, 'data.mdb')), '600');
    assert.equal(await modeOf(join(path, 'lock.mdb')), '600');
  });

  test('may be there already, if it is empty or a fresh volume', async () => {
    await mkdir(join(path, 'lost+found'), { recursive: true });
    await makeStore();
  });

  test('is refused where it holds other files', async () => {
    await mkdir(path);
    await writeFile(join(path, 'passwd'), '');
    await assert.rejects(openEmbeddedStore({ path }), (error) => {
      assert.ok(error instanceof StoreFormatError);
      assert.match(error.message, /other files \(such as "passwd"\): choose an empty folder/);
      return true;
    });
  });

  test("is refused where its database is another program's, and not touched", async () => {
    await mkdir(path);
    await tamper((db) => db.putSync(Buffer.from('theirs'), 'kept'));
    await assert.rejects(openEmbeddedStore({ path }), StoreFormatError);
    const db = openRaw();
    assert.equal(db.get(Buffer.from('theirs')), 'kept');
    assert.equal(db.getKeysCount(), 1);
    await db.close();
  });

  test('is refused where its file is no database or cut short, and the process lives', async () => {
    await mkdir(path);
    const file = join(path, 'data.mdb');
    for (const bytes of [Buffer.from('hello'), Buffer.alloc(100_000, 0xa5), Buffer.alloc(8192)]) {
      await writeFile(file, bytes);
      await assert.rejects(openEmbeddedStore({ path }), StoreFormatError);
    }
    await rm(file);
    await makeStore();
    await truncate(file, 4096);
    await assert.rejects(openEmbeddedStore({ path }), /no store, or a damaged one: restore a backup/);
  });

  test('is refused where a newer version wrote it', async () => {
    await makeStore();
    await tamper((db) => db.putSync(Buffer.from('sallyport'), JSON.stringify({ format: 2, whatever: true })));
    await assert.rejects(openEmbeddedStore({ path }), (error) => {
      assert.ok(error instanceof StoreFormatError);
      assert.match(error.message, /has format 2, and this version of sallyport knows 1 at most/);
      return true;
    });
  });

  test('is refused where what it says about itself is damaged', async () => {
    await makeStore();
    for (const head of ['', '{', '{"format":1}', '{"format":"1"}', '[]']) {
      await tamper((db) => db.putSync(Buffer.from('sallyport'), head));
      await assert.rejects(openEmbeddedStore({ path }), StoreFormatError);
    }
  });

  test('below a file is an error that says where and what to do', async () => {
    await writeFile(join(folder, 'file'), '');
    for (const under of ['file', 'file/store', 'file/a/store']) {
      path = join(folder, under);
      await assert.rejects(openEmbeddedStore({ path }), (error) => {
        assert.ok(error instanceof StoreUnavailable);
        assert.ok(error.message.includes(path));
        assert.match(error.message, /a file, not a folder; choose another path/);
        return true;
      });
    }
  });

  test('a damaged record is a fault of that record alone', async () => {
    await makeStore();
    for (const text of ['2 {"id":', 'x', '', 'NaN {}', '2 "other"']) {
      await tamper((db) => db.putSync(Buffer.from('record/route/a'), text));
      const store = await openEmbeddedStore({ path });
      const [a, b] = await store.get([
        { kind: 'route', id: 'a' },
        { kind: 'route', id: 'b' },
      ]);
      assert.ok(a && b);
      assert.ok(Number.isSafeInteger(a.revision));
      assert.throws(() => parseRecord('route', a), RecordFault);
      assert.equal(parseRecord('route', b).id, 'b');
      assert.equal((await store.snapshot()).records.length, 2);
      await store.close();
    }
  });

  test("a snapshot that misses a record by the store's own count is not given", async () => {
    await makeStore();
    await tamper((db) => db.removeSync(Buffer.from('record/route/a')));
    const store = await openEmbeddedStore({ path });
    await assert.rejects(store.snapshot(), /should hold 2 records of the kind route and holds 1/);
    await store.close();
  });

  test('a snapshot is read a slice at a time, and of one moment whatever is committed meanwhile', async () => {
    const store = await openEmbeddedStore({ path });
    const routes = (text: string) =>
      Array.from({ length: 20_000 }, (_, n) => ({
        key: { kind: 'route' as const, id: `r${n}` },
        value: { id: `r${n}`, namespace: 'global', hosts: [text] },
      }));
    await store.commit(0, routes('before'));
    let turns = 0;
    let reading = true;
    const count = () => {
      turns += 1;
      if (reading) setImmediate(count);
    };
    setImmediate(count);
    const taking = store.snapshot();
    await store.commit(1, routes('after'));
    const { position, records } = await taking;
    reading = false;
    assert.ok(turns > 3, `${turns} turns for others`);
    assert.equal(position.revision, 1);
    assert.equal(records.length, 20_000);
    assert.ok(records.every(({ value }) => JSON.stringify(value).includes('before')));
    assert.equal((await store.snapshot()).position.revision, 2);
    await store.close();
  });

  test('a store is closed once the snapshots that are being read are', async () => {
    await makeStore();
    const store = await openEmbeddedStore({ path });
    const taking = store.snapshot();
    await store.close();
    assert.equal((await taking).records.length, 2);
  });

  test('one that was closed can be opened again at once', async () => {
    await makeStore();
    const first = await openEmbeddedStore({ path });
    const closing = first.close();
    const second = await openEmbeddedStore({ path });
    await closing;
    assert.equal((await second.position()).revision, 1);
    await second.close();
  });
});
