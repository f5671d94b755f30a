import { RECORD_KINDS, type RecordKey, type RecordKind } from '../record.ts';

/** The one key whose value says what this store is and how far it got. */
export const HEAD_KEY = Buffer.from('sallyport');

const LOG_PREFIX = Buffer.from('log/');
const RECORD_PREFIXES = new Map<RecordKind, Buffer>(
  RECORD_KINDS.map((kind) => [kind, Buffer.from(`record/${kind}/`)]),
);

interface KeyRange {
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

/** The keys of one kind's records whose ids come before `after`, from the last to the first. Both ends are left out. */
export function rangeDownOfKind(kind: RecordKind, after?: string) {
  const { start, end } = rangeOfKind(kind);
  const from =
    after === undefined || after === '' ? end : Buffer.concat([prefixOf(kind), Buffer.from(after)]);
  return { start: from, end: start, reverse: true, exclusiveStart: true } as const;
}

export function encodeLogKey(revision: number): Buffer {
  return encodeNumberedKey(LOG_PREFIX, revision);
}

/** Keys of one prefix in the order of their numbers. */
function encodeNumberedKey(prefix: Buffer, number: number): Buffer {
  const key = Buffer.alloc(prefix.length + 8);
  prefix.copy(key);
  key.writeBigUInt64BE(BigInt(number), prefix.length);
  return key;
}

/** The log entries of the revisions from `first` to `last`, both included. */
export function rangeOfLog(first: number, last: number): KeyRange {
  return { start: encodeLogKey(first), end: encodeLogKey(last + 1) };
}

const LAST_USED = 'used/';
const DECISION = Buffer.from('decision/');

/** The one key whose value says when a process that has the store open was alive. */
export const HEARTBEAT_KEY = Buffer.from('heartbeat');

/** The key of when a credential was last used. */
export function encodeLastUsedKey(credential: string): Buffer {
  return Buffer.from(`${LAST_USED}${credential}`);
}

/** The id in a key of `encodeLastUsedKey`. */
export function decodeLastUsedKey(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('utf8', LAST_USED.length);
}

/** The keys of all last-used times, or of those after an id. */
export function rangeOfLastUsed(after: string | undefined): KeyRange {
  return {
    start: after === undefined ? Buffer.from(LAST_USED) : Buffer.from(`${LAST_USED}${after}\0`),
    end: Buffer.from(LAST_USED.replace('/', '0')),
  };
}

/** The key of a decision: they count up, from 1. */
export function encodeDecisionKey(number: number): Buffer {
  return encodeNumberedKey(DECISION, number);
}

/** The number in a key of `encodeDecisionKey`. */
export function decodeDecisionKey(key: Uint8Array): number {
  const bytes = Buffer.from(key.buffer, key.byteOffset, key.byteLength);
  return Number(bytes.readBigUInt64BE(DECISION.length));
}
