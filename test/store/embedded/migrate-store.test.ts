import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { open } from 'lmdb';
import { openEmbeddedStore } from '../../../src/store/embedded/embedded-store.ts';
import {
  MIGRATIONS,
  type Migration,
  migrateStore,
  upgradeFrom,
} from '../../../src/store/embedded/migrate-store.ts';
import { restoreStore } from '../../../src/store/embedded/restore-store.ts';
import { StoreFormatError } from '../../../src/store/port.ts';
import { STORE_FORMAT } from '../../../src/store/store-format.ts';
import { takeChanges } from '../events.ts';
import { readText } from './backup-text.ts';

/** A format that never was: groups were called teams, and one kind of record is no more. */
const fromZero: Migration = {
  from: 0,
  migrate: (record) => {
    if (record.kind === 'note') return [];
    return [record.kind === 'team' ? { ...record, kind: 'directory_group' } : record];
  },
};

describe('a store of an older format', () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sallyport-migrate-'));
    path = join(folder, 'store');
  });
  afterEach(() => rm(folder, { recursive: true }));

  const openRaw = () =>
    open<string, Uint8Array>({
      path,
      noSubdir: false,
      encoding: 'string',
      keyEncoding: 'binary',
      overlappingSync: false,
    });
  type Raw = ReturnType<typeof openRaw>;
  const makeStore = async (format: number) => {
    const db = openRaw();
    db.transactionSync(() => {
      const put = (key: string, value: string) => db.putSync(Buffer.from(key), value);
      put('record/note/n', '3 {"id":"n"}');
      put('record/team/devs', '5 {"id":"devs","name":"Developers"}');
      put('record/directory_user/alice', '4 {"id":"alice","groups":["devs"]}');
      put('log/\0\0\0\0\0\0\0\x05', '[["team","devs"]]');
      put(
        'sallyport',
        JSON.stringify({ format, epoch: 'e', revision: 5, counts: { note: 1, team: 1, directory_user: 1 } }),
      );
    });
    await db.close();
  };
  const withRaw = async <T>(use: (db: Raw) => T): Promise<T> => {
    const db = openRaw();
    try {
      return use(db);
    } finally {
      await db.close();
    }
  };
  const rawContents = () =>
    withRaw((db) => Array.from(db.getRange({}), ({ key, value }) => [Buffer.from(key).toString(), value]));

  test('is brought up to date in one commit, which every follower reads whole', async () => {
    await makeStore(0);
    await withRaw((db) => migrateStore(db, path, [fromZero]));
    const store = await openEmbeddedStore({ path });
    assert.deepEqual(await store.position(), { epoch: 'e', revision: 6 });
    assert.deepEqual(await store.list('directory_group', { limit: 9 }), [
      { kind: 'directory_group', id: 'devs', revision: 6, value: { id: 'devs', name: 'Developers' } },
    ]);
    assert.equal((await store.list('directory_user', { limit: 9 })).length, 1);
    const changes = await takeChanges(store, { epoch: 'e', revision: 5 }, 1);
    assert.equal(changes[0]?.type, 'gap');
    await store.close();
  });

  test('is backed up first, into a file beside it that can be restored', async () => {
    await makeStore(0);
    const file = (await withRaw((db) => migrateStore(db, path, [fromZero]))) ?? '';
    assert.match(file, /data\.mdb\.before-format-1\.revision-5\.jsonl$/);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    const text = await readFile(file, 'utf8');
    const other = join(folder, 'other');
    const options = { name: file, open: () => readText(text), force: false };
    await restoreStore({ path: other, ...options, migrations: [fromZero] });
    const store = await openEmbeddedStore({ path: other });
    assert.equal((await store.list('directory_group', { limit: 9 })).length, 1);
    await store.close();
  });

  test('is left alone once it is up to date', async () => {
    await makeStore(0);
    await withRaw((db) => migrateStore(db, path, [fromZero]));
    const before = [await rawContents(), await readdir(path)];
    assert.equal(await withRaw((db) => migrateStore(db, path, [fromZero])), undefined);
    assert.deepEqual([await rawContents(), await readdir(path)], before);
  });

  test('whose migration fails is as it was', async () => {
    await makeStore(0);
    const before = await rawContents();
    const failing: Migration = {
      from: 0,
      migrate: (record) => {
        if (record.kind === 'team') throw new Error('no');
        return [record];
      },
    };
    await withRaw((db) => assert.throws(() => migrateStore(db, path, [failing]), /no/));
    const half: Migration = { from: 0, migrate: (record) => [record] };
    await withRaw((db) => assert.throws(() => migrateStore(db, path, [half]), /note/));
    assert.deepEqual(await rawContents(), before);
  });

  test('that this version has no way from is refused, and not touched', async () => {
    await makeStore(0);
    const before = await rawContents();
    await assert.rejects(openEmbeddedStore({ path }), (error) => {
      assert.ok(error instanceof StoreFormatError);
      assert.match(error.message, /has format 0, .* start a version between the two first/);
      return true;
    });
    assert.deepEqual(await rawContents(), before);
  });
});

test('there is a migration from every format but those before the first', () => {
  assert.deepEqual(
    MIGRATIONS.map(({ from }) => from),
    Array.from({ length: STORE_FORMAT - 1 }, (_, index) => index + 1),
  );
  assert.equal(upgradeFrom(STORE_FORMAT, 'here'), undefined);
});
