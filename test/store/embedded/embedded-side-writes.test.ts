import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { open } from 'lmdb';
import { CredentialId } from '../../../src/credentials/credential-id.ts';
import { openEmbeddedStore } from '../../../src/store/embedded/embedded-store.ts';
import { encodeDecisionKey, encodeLastUsedKey } from '../../../src/store/embedded/store-key.ts';
import { StoreUnavailable, type Write } from '../../../src/store/port.ts';
import type { StoreWithTelemetry } from '../../../src/store/telemetry-writes.ts';
import { forkSideWriter } from '../../support/fork-side-writer.ts';
import { within } from '../../support/within.ts';
import { takeChanges } from '../events.ts';
import { backUp } from './backup-text.ts';
import { forkHoldingWriter } from './fork-holding-writer.ts';

function idOf(text: string): CredentialId {
  const id = CredentialId.parse(text);
  assert.ok(id);
  return id;
}
const [ONE, TWO] = [idOf('one'), idOf('two')];
const made = (id: string): Write => ({
  key: { kind: 'credential', id },
  value: { id, account: 'a', purpose: 'mesh', label: '', issued_at: '2026-01-01T00:00:00Z' },
});
const deleted = (id: string): Write => ({ key: { kind: 'credential', id }, value: undefined });

describe('beside the records of an embedded store', () => {
  let folder: string;
  let path: string;
  let store: StoreWithTelemetry;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sallyport-store-'));
    path = join(folder, 'store');
    store = await openEmbeddedStore({ path, decisionsLength: 100 });
    await store.commit(0, [made('one'), made('two')]);
  });
  afterEach(async () => {
    await store.close();
    await rm(folder, { recursive: true });
  });

  test('the newest last-used time of a credential stays', async () => {
    assert.deepEqual(await store.telemetry.readLastUsed([ONE, TWO]), [undefined, undefined]);
    await store.telemetry.touchLastUsed(
      new Map([
        [ONE, 2000],
        [TWO, 1000],
      ]),
    );
    await store.telemetry.touchLastUsed(
      new Map([
        [ONE, 1999],
        [TWO, 1001],
      ]),
    );
    assert.deepEqual(await store.telemetry.readLastUsed([TWO, idOf('nobody'), ONE]), [1001, undefined, 2000]);
  });

  test('a deleted credential has no time, and a time that comes late is not kept', async () => {
    await store.commit(1, [deleted('one')]);
    await store.telemetry.touchLastUsed(new Map([[ONE, 2000]]));
    assert.deepEqual(await store.telemetry.readLastUsed([ONE]), [undefined]);
    await store.commit(2, [made('one')]);
    assert.deepEqual(await store.telemetry.readLastUsed([ONE]), [undefined]);
  });

  test('the time of a deleted credential is swept out by the next write', async () => {
    await store.telemetry.touchLastUsed(new Map([[ONE, 1000]]));
    await store.commit(1, [deleted('one')]);
    assert.deepEqual(await store.telemetry.readLastUsed([ONE]), [undefined]);
    await store.telemetry.touchLastUsed(new Map([[TWO, 1000]]));
    // Made again, only for the store to answer for the id: what was swept out stays out.
    await store.commit(2, [made('one')]);
    assert.deepEqual(await store.telemetry.readLastUsed([ONE, TWO]), [undefined, 1000]);
  });

  test('times of an older version, beside the records, are moved once and lost never', async () => {
    await store.close();
    const former = open<string, Uint8Array>({
      path,
      noSubdir: false,
      encoding: 'string',
      keyEncoding: 'binary',
    });
    const inside = former.openDB<string, Uint8Array>({
      name: 'side',
      encoding: 'string',
      keyEncoding: 'binary',
    });
    await inside.put(encodeLastUsedKey('one'), '1000');
    await inside.put(encodeDecisionKey(1), 'line');
    await former.close();
    for (let round = 0; round < 2; round++) {
      store = await openEmbeddedStore({ path });
      assert.deepEqual(await store.telemetry.readLastUsed([ONE]), [1000]);
      assert.deepEqual(await store.telemetry.readDecisions(undefined, 10), [{ cursor: '1', line: 'line' }]);
      await store.close();
    }
    store = await openEmbeddedStore({ path });
  });

  test('a writer that holds the records keeps no side write waiting', async () => {
    await store.close();
    const writer = forkHoldingWriter(path);
    await within(writer.holds, 'the writer');
    store = await openEmbeddedStore({ path, access: 'read' });
    await within(store.telemetry.touchLastUsed(new Map([[ONE, 1000]])), 'a side write');
    await within(store.telemetry.appendDecisions(['line']), 'another');
    assert.deepEqual(await store.telemetry.readLastUsed([ONE]), [1000]);
    assert.equal((await store.position()).revision, 1);
    writer.process.kill('SIGKILL');
    await within(writer.ended, 'the end of the writer');
  });

  test('decisions are read in order, page by page, and only the newest stay', async () => {
    for (let batch = 0; batch < 5; batch++)
      await store.telemetry.appendDecisions(Array.from({ length: 30 }, (_, n) => `line ${batch * 30 + n}`));
    const seen: string[] = [];
    let after: string | undefined;
    for (;;) {
      const page = await store.telemetry.readDecisions(after, 7);
      if (page.length === 0) break;
      seen.push(...page.map(({ line }) => line));
      after = page.at(-1)?.cursor;
    }
    assert.deepEqual(
      seen,
      Array.from({ length: 100 }, (_, n) => `line ${n + 50}`),
    );
    const backwards: string[] = [];
    for (let before: string | undefined; ; ) {
      const page = await store.telemetry.readDecisions(before, 7, true);
      if (page.length === 0) break;
      backwards.push(...page.map(({ line }) => line));
      before = page.at(-1)?.cursor;
    }
    assert.deepEqual(backwards, [...seen].reverse());
    for (const cursor of ['0', '1'])
      assert.deepEqual(await store.telemetry.readDecisions(cursor, 7, true), []);
    await store.telemetry.appendDecisions(['more', 'äöü\u2028']);
    const lines = (await store.telemetry.readDecisions(after, 10)).map(({ line }) => line);
    assert.deepEqual(lines, ['more', 'äöü\u2028']);
    for (const cursor of ['', 'x', '1-1', '-1', '9'.repeat(16)])
      await assert.rejects(store.telemetry.readDecisions(cursor, 1), RangeError);
  });

  test('nothing of it makes a revision, is counted or is in a backup', async () => {
    const before = [await store.position(), await store.snapshot(), await backUp(path)];
    await store.telemetry.touchLastUsed(new Map([[ONE, 1000]]));
    await store.telemetry.appendDecisions(['line']);
    await store.telemetry.heartbeat();
    assert.deepEqual([await store.position(), await store.snapshot(), await backUp(path)], before);
    const heard = takeChanges(store, await store.position(), 1);
    await store.telemetry.touchLastUsed(new Map([[ONE, 2000]]));
    await store.commit(1, [deleted('two')]);
    const [change] = await heard;
    assert.equal(change?.type === 'commit' && change.revision, 2);
  });

  test('it survives a restart', async () => {
    await store.telemetry.touchLastUsed(new Map([[ONE, 1000]]));
    await store.telemetry.appendDecisions(['line']);
    await store.close();
    store = await openEmbeddedStore({ path });
    assert.deepEqual(await store.telemetry.readLastUsed([ONE]), [1000]);
    await store.telemetry.appendDecisions(['next']);
    const lines = (await store.telemetry.readDecisions(undefined, 10)).map(({ line }) => line);
    assert.deepEqual(lines, ['line', 'next']);
  });

  test('what another process writes is read, and neither loses anything', async () => {
    const ended = forkSideWriter(path, 50);
    for (let n = 0; n < 20; n++) await store.telemetry.appendDecisions([`here ${n}`]);
    assert.equal(await within(ended, 'the other process'), 0);
    assert.deepEqual(await store.telemetry.readLastUsed([TWO]), [50]);
    const lines = (await store.telemetry.readDecisions(undefined, 1000)).map(({ line }) => line);
    for (const [who, count] of [
      ['here', 20],
      ['there', 50],
    ] as const)
      assert.deepEqual(
        lines.filter((line) => line.startsWith(who)),
        Array.from({ length: count }, (_, n) => `${who} ${n}`),
      );
  });

  test('a closed store takes and gives none', async () => {
    await store.close();
    await assert.rejects(store.telemetry.touchLastUsed(new Map([[ONE, 1]])), StoreUnavailable);
    await assert.rejects(store.telemetry.readLastUsed([ONE]), StoreUnavailable);
    await assert.rejects(store.telemetry.appendDecisions(['line']), StoreUnavailable);
    await assert.rejects(store.telemetry.readDecisions(undefined, 1), StoreUnavailable);
  });
});
