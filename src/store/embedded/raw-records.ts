import { RECORD_KINDS, RecordFault } from '../record.ts';
import { decodeText } from '../record-text.ts';
import type { Database } from './database.ts';
import { encodeLogKey } from './store-key.ts';

/** A read transaction; what it sees stays readable until it is done. */
export type ReadTransaction = ReturnType<Database['useReadTransaction']>;

/** A stored record of any format and kind. */
export interface StoredRaw {
  readonly kind: string;
  readonly id: string;
  readonly revision: number;
  readonly value: unknown;
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
