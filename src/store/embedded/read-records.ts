import { type RecordPage, type StoreContents, StoreUnavailable } from '../port.ts';
import { type RecordKey, type RecordKind, SNAPSHOT_KINDS, type StoredRecord } from '../record.ts';
import { decodeRecord, isStorableId } from '../record-text.ts';
import type { Database } from './database.ts';
import { type EmbeddedHead, positionOf } from './embedded-head.ts';
import type { ReadTransaction } from './raw-records.ts';
import { decodeRecordId, encodeRecordKey, rangeDownOfKind, rangeOfKind } from './store-key.ts';

export function readRecord(db: Database, record: RecordKey): StoredRecord | undefined {
  const text = isStorableId(record.id) ? db.get(encodeRecordKey(record)) : undefined;
  return text === undefined ? undefined : decodeRecord(record, text);
}

/** Records of one kind in the order of their keys. */
export function readKind(
  db: Database,
  kind: RecordKind,
  { limit, after, descending = false }: Partial<RecordPage> = {},
): StoredRecord[] {
  const keys = descending ? rangeDownOfKind(kind, after) : rangeOfKind(kind, after);
  const range = db.getRange({ ...keys, ...(limit === undefined ? {} : { limit }) });
  return Array.from(range, ({ key, value }) => decodeRecord({ kind, id: decodeRecordId(kind, key) }, value));
}

/** Milliseconds of reading before Checks have their turn. */
const SLICE = 1;

/**
 * All of one moment, that of `transaction`, a slice at a time. Rejects with `StoreUnavailable` if the records are not as many as
 * the store says.
 */
export async function readSnapshot(
  db: Database,
  transaction: ReadTransaction,
  head: EmbeddedHead,
  path: string,
): Promise<StoreContents> {
  const records: StoredRecord[] = [];
  let end = performance.now() + SLICE;
  for (const kind of SNAPSHOT_KINDS) {
    let found = 0;
    for (const { key, value } of db.getRange({ ...rangeOfKind(kind), transaction })) {
      records.push(decodeRecord({ kind, id: decodeRecordId(kind, key) }, value));
      found += 1;
      if (performance.now() < end) continue;
      await new Promise<void>((resolve) => setImmediate(resolve));
      end = performance.now() + SLICE;
    }
    const expected = head.counts[kind] ?? 0;
    if (found !== expected)
      throw new StoreUnavailable(
        `the store in ${path} should hold ${expected} records of the kind ${kind} and holds ${found}: it is damaged, restore a backup`,
      );
  }
  return { position: positionOf(head), records };
}
