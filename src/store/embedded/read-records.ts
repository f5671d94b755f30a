import { type RecordPage, type StoreSnapshot, StoreUnavailable } from '../port.ts';
import { type RecordKey, type RecordKind, SNAPSHOT_KINDS, type StoredRecord } from '../record.ts';
import type { Database } from './database.ts';
import type { ReadTransaction } from './raw-records.ts';
import { positionOf, type StoreHead } from './store-head.ts';
import { decodeRecordId, encodeRecordKey, rangeDownOfKind, rangeOfKind } from './store-key.ts';

/** A revision, a space, JSON. What is not that becomes a record without a value, for its reader to refuse. */
function decodeRecord({ kind, id }: RecordKey, text: string): StoredRecord {
  const space = text.indexOf(' ');
  const revision = space > 0 ? Number(text.slice(0, space)) : Number.NaN;
  if (!Number.isSafeInteger(revision)) return { kind, id, revision: 0, value: undefined };
  try {
    return { kind, id, revision, value: JSON.parse(text.slice(space + 1)) };
  } catch {
    return { kind, id, revision, value: undefined };
  }
}

export function readRecord(db: Database, record: RecordKey): StoredRecord | undefined {
  const key = encodeRecordKey(record);
  const text = key && db.get(key);
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
  head: StoreHead,
  path: string,
): Promise<StoreSnapshot> {
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
