import { RECORD_KINDS, type RecordKey, type RecordKind } from '../record.ts';

/** The one key whose value says what this store is and how far it got. */
export const HEAD_KEY = Buffer.from('sallyport');

const LOG_PREFIX = Buffer.from('log/');
const RECORD_PREFIXES = new Map<RecordKind, Buffer>(
  RECORD_KINDS.map((kind) => [kind, Buffer.from(`record/${kind}/`)]),
);

export interface KeyRange {
  readonly start: Buffer;
  /** Exclusive. */
  readonly end: Buffer;
}

function prefixOf(kind: RecordKind): Buffer {
  const prefix = RECORD_PREFIXES.get(kind);
  if (!prefix) throw new RangeError(`no such kind of record: ${kind}`);
  return prefix;
}

/** The key of a record with an id that can be stored; LMDB takes keys of 1978 bytes. */
export function encodeRecordKey({ kind, id }: RecordKey): Buffer {
  return Buffer.concat([prefixOf(kind), Buffer.from(id)]);
}

/** The id in a key that `rangeOfKind` covers. */
export function decodeRecordId(kind: RecordKind, key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('utf8', prefixOf(kind).length);
}

/** The keys of one kind's records whose ids come after `after`, in the order of their bytes. */
export function rangeOfKind(kind: RecordKind, after = ''): KeyRange {
  const prefix = prefixOf(kind);
  // The closest key after an id is that id with a NUL.
  const start = after === '' ? prefix : Buffer.concat([prefix, Buffer.from(`${after}\0`)]);
  const end = Buffer.from(prefix);
  end[end.length - 1] = '/'.charCodeAt(0) + 1;
  return { start, end };
}

/** Keys from the last to the first; both ends are left out. */
export interface KeyRangeDown extends KeyRange {
  readonly reverse: true;
  readonly exclusiveStart: true;
}

/** The keys of one kind's records whose ids come before `after`, from the last to the first. */
export function rangeDownOfKind(kind: RecordKind, after?: string): KeyRangeDown {
  const { start, end } = rangeOfKind(kind);
  const from =
    after === undefined || after === '' ? end : Buffer.concat([prefixOf(kind), Buffer.from(after)]);
  return { start: from, end: start, reverse: true, exclusiveStart: true };
}

export function encodeLogKey(revision: number): Buffer {
  const key = Buffer.alloc(LOG_PREFIX.length + 8);
  LOG_PREFIX.copy(key);
  key.writeBigUInt64BE(BigInt(revision), LOG_PREFIX.length);
  return key;
}

/** The log entries of the revisions from `first` to `last`, both included. */
export function rangeOfLog(first: number, last: number): KeyRange {
  return { start: encodeLogKey(first), end: encodeLogKey(last + 1) };
}
