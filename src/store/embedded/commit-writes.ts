import type { CommitResult, Write } from '../port.ts';
import type { RecordKey, RecordKind } from '../record.ts';
import type { Database } from './database.ts';
import { positionOf, type StoreHead, writeHead } from './store-head.ts';
import { encodeLogKey, encodeRecordKey, rangeOfLog } from './store-key.ts';

export interface EncodedWrite {
  readonly record: RecordKey;
  readonly key: Buffer;
  /** JSON; undefined where the record is removed. */
  readonly json: string | undefined;
}

/** Does all that may fail because of the caller before the write lock is held. Throws RangeError, TypeError. */
export function encodeWrites(writes: readonly Write[]): EncodedWrite[] {
  const byKey = new Map<string, EncodedWrite>();
  for (const { key: record, value } of writes) {
    const { kind, id } = record;
    const key = encodeRecordKey(record);
    if (!key) throw new RangeError(`${kind} ${JSON.stringify(id.slice(0, 64))}: no id that can be stored`);
    const json = value === undefined ? undefined : encodeValue(value, kind);
    byKey.set(key.toString('latin1'), { record: { kind, id }, key, json });
  }
  return [...byKey.values()];
}

function encodeValue(value: unknown, kind: RecordKind): string {
  const json: string | undefined = JSON.stringify(value);
  if (json === undefined) throw new TypeError(`${kind}: the value is no JSON`);
  return json;
}

/** Inside a write transaction: everything, or a conflict and nothing. The log keeps the last `logLength` commits. */
export function commitWrites(
  db: Database,
  head: StoreHead,
  expected: number,
  writes: readonly EncodedWrite[],
  logLength: number,
): CommitResult {
  if (head.revision !== expected) return { conflict: positionOf(head) };
  if (writes.length === 0) return { committed: positionOf(head) };

  const revision = head.revision + 1;
  const counts = { ...head.counts };
  for (const { record, key, json } of writes) {
    const before = db.doesExist(key) ? 1 : 0;
    const after = json === undefined ? 0 : 1;
    counts[record.kind] = (counts[record.kind] ?? 0) + after - before;
    if (json !== undefined) db.putSync(key, `${revision} ${json}`);
    else if (before) db.removeSync(key);
  }
  db.putSync(encodeLogKey(revision), JSON.stringify(writes.map(({ record }) => [record.kind, record.id])));
  trimLog(db, revision - logLength);
  const next = { ...head, revision, counts };
  writeHead(db, next);
  return { committed: positionOf(next) };
}

function trimLog(db: Database, last: number): void {
  if (last < 1) return;
  const old = [...db.getKeys(rangeOfLog(0, last))].map((key) => Buffer.from(key));
  for (const key of old) db.removeSync(key);
}
