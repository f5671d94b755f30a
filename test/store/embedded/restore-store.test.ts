import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { BackupError } from '../../../src/store/backup.ts';
import { openEmbeddedStore } from '../../../src/store/embedded/embedded-store.ts';
import { restoreStore } from '../../../src/store/embedded/restore-store.ts';
import { openReplica } from '../../../src/store/open-replica.ts';
import { type Store, StoreFormatError, type Write } from '../../../src/store/port.ts';
import { RECORD_KINDS, type RecordKind } from '../../../src/store/record.ts';
import { within } from '../../support/within.ts';
import { backUp, readText } from './backup-text.ts';

const at = '2027-01-01T00:00:00.000Z';
const put = (kind: RecordKind, id: string, value: object | undefined): Write => ({
  key: { kind, id },
  value: value && { id, ...value },
});
const group = (id: string, name = ''): Write => put('directory_group', id, { name });
const account = (id: string): Write[] => [
  put('service_account', id, {
    namespace: 'global',
    user_id: `${id}-user`,
    created_at: at,
    credentials: [`${id}-jwt`],
  }),
  put('credential', `${id}-jwt`, { account: id, purpose: 'mesh', issued_at: at }),
  put('user_id', `${id}-user`, { account: id }),
];

describe('backup and restore of an embedded store', () => {
  let folder: string;
  let path: string;
  let store: Store;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sallyport-backup-'));
    path = join(folder, 'store');
    store = await openEmbeddedStore({ path });
  });
  afterEach(async () => {
    await store.close();
    await rm(folder, { recursive: true });
  });

  const commit = async (...writes: Write[]) => {
    const result = await store.commit((await store.position()).revision, writes);
    assert.ok('committed' in result);
  };
  const contents = async (of: Store = store) => {
    const all: [string, string, unknown][] = [];
    for (const kind of RECORD_KINDS)
      for (const { id, value } of await of.list(kind, { limit: 10_000 })) all.push([kind, id, value]);
    return all;
  };
  const restore = (text: string, force = true, to = path) =>
    restoreStore({ path: to, name: 'backup.jsonl', open: () => readText(text), force });
  const sealed = (lines: readonly string[]) => {
    const body = `${lines.join('\n')}\n`;
    return `${body}${JSON.stringify({ sha256: createHash('sha256').update(body).digest('hex') })}\n`;
  };

  test('brings back exactly what the store held, on another machine too (property)', async () => {
    const id = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
      .filter((text) => /^[\w.-]+$/.test(text));
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(id, { maxLength: 20 }),
        fc.integer({ min: 0, max: 99 }),
        async (ids, n) => {
          await commit(group('always', `${n}`), ...ids.map((each) => group(each, `${each}-${n}`)));
          const before = await contents();
          const text = await backUp(path);
          await commit(group('later'), put('directory_group', 'always', undefined));
          await restore(text);
          assert.deepEqual(await contents(), before);
          const other = join(folder, `other-${n}`);
          await restore(text, true, other);
          const second = await openEmbeddedStore({ path: other });
          assert.deepEqual(await contents(second), before);
          assert.notEqual((await second.position()).epoch, (await store.position()).epoch);
          await second.close();
        },
      ),
      { numRuns: 15 },
    );
  });

  test('a backup is of one moment, whatever is written while it is read', async () => {
    await commit(group('a'), group('b'));
    const { openBackupSource: openSnapshot } = await import('../../../src/store/embedded/backup-source.ts');
    const snapshot = await openSnapshot(path, 0);
    const records = snapshot.records()[Symbol.iterator]();
    assert.equal(records.next().value?.id, 'a');
    await commit(put('directory_group', 'b', undefined), group('c'));
    assert.equal(records.next().value?.id, 'b');
    assert.ok(records.next().done);
    assert.equal(snapshot.header.revision, 1);
    await snapshot.close();
  });

  test('who follows the store takes a restored one over, with everything it remembered read again', async () => {
    await commit(put('namespace', 'n', { parent: 'global' }), ...account('sa'));
    const text = await backUp(path);
    await commit(
      put('namespace', 'n', undefined),
      put('credential', 'sa-jwt', { account: 'sa', purpose: 'mesh', issued_at: at, revoked_at: at }),
    );
    const faults: Error[] = [];
    const replica = await openReplica({
      store,
      build: (snapshot) => snapshot,
      onFault: (fault) => faults.push(fault),
    });
    const held = await replica.credentials.load('sa-jwt');
    assert.equal(held.value?.revoked_at, at);
    const { revision } = await restore(text);
    await within(replica.caughtUp(revision), 'the restored store');
    assert.deepEqual(
      replica.snapshot.records.map(({ id }) => id),
      ['n'],
    );
    assert.ok(held.stale);
    assert.equal((await replica.credentials.load('sa-jwt')).value?.revoked_at, undefined);
    assert.equal(replica.state, 'live');
    assert.deepEqual(faults, []);
    await replica.close();
  });

  test('a write that was worked out before the restore is a conflict', async () => {
    await commit(group('a'));
    const text = await backUp(path);
    const { revision } = await store.position();
    await restore(text);
    assert.ok('conflict' in (await store.commit(revision, [group('b')])));
  });

  test('what the store holds is replaced only where force says so', async () => {
    await commit(group('a'));
    const text = await backUp(path);
    await commit(group('b'));
    await assert.rejects(restore(text, false), /holds 2 records: add --force/);
    assert.equal((await contents()).length, 2);
    await restore(text, false, join(folder, 'empty'));
  });

  test('a user ID that was given away since the backup stays taken', async () => {
    await commit(...account('old'), put('directory_user', 'boss-user', {}));
    const text = await backUp(path);
    await commit(...account('new'), put('directory_user', 'boss-user', undefined), ...account('boss'));
    const { keptUserIds } = await restore(text);
    assert.equal(keptUserIds, 1);
    assert.deepEqual(
      (await store.list('user_id', { limit: 10 })).map(({ id }) => id),
      ['new-user', 'old-user'],
    );
    assert.deepEqual(
      (await store.list('service_account', { limit: 10 })).map(({ id }) => id),
      ['old'],
    );
    assert.deepEqual((await store.snapshot()).records, []);
  });

  test('credentials that come back to life are named', async () => {
    await commit(...account('kept'), ...account('revoked'), ...account('deleted'));
    const text = await backUp(path);
    const revoked = { account: 'revoked', purpose: 'mesh', issued_at: at, revoked_at: at };
    await commit(put('credential', 'revoked-jwt', revoked), put('credential', 'deleted-jwt', undefined));
    assert.deepEqual((await restore(text)).revivedCredentials, ['deleted-jwt', 'revoked-jwt']);
    assert.deepEqual((await restore(text)).revivedCredentials, []);
  });

  describe('a file that is refused, the store untouched:', () => {
    let text: string;
    let lines: string[];
    beforeEach(async () => {
      await commit(group('a'), group('b'));
      text = await backUp(path);
      lines = text.trimEnd().split('\n').slice(0, -1);
      await commit(group('c'));
    });
    const refused = async (damaged: string, message: RegExp) => {
      const before = [await store.position(), await contents()];
      await assert.rejects(restore(damaged), (error) => {
        assert.ok(error instanceof BackupError, String(error));
        assert.match(error.message, message);
        return true;
      });
      assert.deepEqual([await store.position(), await contents()], before);
    };
    const header = (change: object) => JSON.stringify({ ...JSON.parse(lines[0] ?? ''), ...change });
    const rest = () => lines.slice(1);

    test('empty', () => refused('', /is empty/));
    test('another file', () => refused('{"name":"sallyport"}\n', /line 1: this is not a backup/));
    test('no text at all', () => refused('\u0000\u0001', /line 1: no JSON/));
    test('of a newer version', () =>
      refused(sealed([header({ sallyport_backup: 2 }), ...rest()]), /line 1: the backup has version 2/));
    test('of a newer store', () =>
      refused(sealed([header({ store_format: 2 }), ...rest()]), /line 1: .* format 2, .* knows 1 at most/));
    test('with a changed byte', () =>
      refused(text.replace('"a"', '"A"').replace('"id":"a"', '"id":"A"'), /line 4: the checksum/));
    test('with another count', () =>
      refused(
        sealed([header({ counts: { directory_group: 3 } }), ...rest()]),
        /should hold 3 records .*, and holds 2/,
      ));
    test('with a record that no schema knows', () =>
      refused(
        sealed([lines[0] ?? '', (lines[1] ?? '').replace('"name":""', '"nome":""'), lines[2] ?? '']),
        /line 2: .*directory_group "a"/,
      ));
    test('with a record twice', () =>
      refused(
        sealed([lines[0] ?? '', lines[1] ?? '', lines[1] ?? '']),
        /line 3: the record is not in its place, or there twice/,
      ));
    test('that goes on after its end', () => refused(`${text}{}\n`, /line 4: the backup ends here/));
    test('cut short anywhere (property)', async () => {
      await fc.assert(
        fc.asyncProperty(fc.nat(text.length - 2), (length) =>
          refused(text.slice(0, length), /backup\.jsonl/),
        ),
        { numRuns: 60 },
      );
    });
  });

  test('a process that is killed half way through a restore leaves the store as it was', async () => {
    await commit(...Array.from({ length: 500 }, (_, n) => group(`old-${n}`)));
    const text = await backUp(path);
    await commit(group('latest'));
    const before = [await store.position(), await contents()];
    const file = join(folder, 'backup.jsonl');
    await writeFile(file, text);
    const script = fileURLToPath(new URL('killed-restore.ts', import.meta.url));
    for (const written of [0, 250, 499]) {
      const { signal, stderr } = spawnSync(process.execPath, [
        '--import',
        'tsx',
        script,
        path,
        file,
        `${written}`,
      ]);
      assert.equal(signal, 'SIGKILL', String(stderr));
      assert.deepEqual([await store.position(), await contents()], before);
    }
    await commit(group('after'));
  });

  test('a store that can’t be opened is put aside, where force says so', async () => {
    await commit(group('a'));
    const text = await backUp(path);
    await store.close();
    await writeFile(join(path, 'data.mdb'), 'no database');
    await assert.rejects(restore(text, false), StoreFormatError);
    const { setAside } = await restore(text, true);
    assert.match(setAside ?? '', /data\.mdb\.aside-/);
    assert.ok((await readdir(path)).length >= 3);
    store = await openEmbeddedStore({ path });
    assert.deepEqual(await contents(), [['directory_group', 'a', { id: 'a', name: '' }]]);
  });
});
