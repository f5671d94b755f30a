import type { StorePosition } from '../port.ts';
import { RECORD_KINDS, RecordFault } from '../record.ts';
import { decodeText, encodeRecord, isStorableId } from '../record-text.ts';
import { STORE_FORMAT } from '../store-format.ts';
import type { Database } from './database.ts';
import { writeHead } from './embedded-head.ts';
import { encodeLogKey, encodeRecordKey } from './store-key.ts';

/** A read transaction; what it sees stays readable until it is done. */
export type ReadTransaction = ReturnType<Database['useReadTransaction']>;

/** A record of any format. */
export interface RawRecord {
  readonly kind: string;
  readonly id: string;
  /** JSON */
  readonly value: unknown;
}

export interface StoredRaw extends RawRecord {
  readonly revision: number;
}

const RECORDS = Buffer.from('record/');
const AFTER_RECORDS = Buffer.from('record0');
const ALL_LOG = { start: encodeLogKey(0), end: Buffer.from('log0') };

/** Every record, by kind and then by the bytes of the id. Throws `RecordFault` for an unreadable one. */
export function* readRaw(db: Database, transaction?: ReadTransaction): Generator<StoredRaw, void> {
  const range = db.getRange({ start: RECORDS, end: AFTER_RECORDS, ...(transaction && { transaction }) });
  for (const { key, value } of range) yield decode(key, value);
}

function decode(key: Uint8Array, text: string): StoredRaw {
  const name = Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString();
  const slash = name.indexOf('/', RECORDS.length);
  const kind = name.slice(RECORDS.length, slash);
  const id = name.slice(slash + 1);
  const decoded = decodeText(text);
  if (decoded && decoded.value !== undefined) return { kind, id, ...decoded };
  const known = RECORD_KINDS.find((each) => each === kind) ?? 'namespace';
  throw new RecordFault({ kind: known, id }, 'it is damaged');
}

/** Keys removed between two reads; the database must not change under an open range. */
const BATCH = 10_000;

/** Inside a write transaction: removes all records and the whole change log. */
export function clearRecords(db: Database): void {
  for (const range of [{ start: RECORDS, end: AFTER_RECORDS }, ALL_LOG]) {
    const next = () => Array.from(db.getKeys({ ...range, limit: BATCH }), (key) => Buffer.from(key));
    for (let keys = next(); keys.length > 0; keys = next()) for (const key of keys) db.removeSync(key);
  }
}

/**
 * Writes records as one commit at `position`, inside a write transaction of a database without records. The change log
 * stays empty, so every follower reads everything again. Returns the number of records.
 */
export function putRecords(db: Database, position: StorePosition, records: Iterable<RawRecord>): number {
  const counts: Record<string, number> = Object.fromEntries(RECORD_KINDS.map((kind) => [kind, 0]));
  let written = 0;
  for (const { kind: named, id, value } of records) {
    const kind = RECORD_KINDS.find((each) => each === named);
    if (!kind || !isStorableId(id))
      throw new RecordFault(
        { kind: kind ?? 'namespace', id },
        `no record of the kind ${JSON.stringify(named)} can have that id`,
      );
    db.putSync(encodeRecordKey({ kind, id }), encodeRecord(position.revision, JSON.stringify(value)));
    counts[kind] = (counts[kind] ?? 0) + 1;
    written += 1;
  }
  writeHead(db, { format: STORE_FORMAT, ...position, counts });
  return written;
}
