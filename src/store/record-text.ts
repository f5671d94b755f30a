import { z } from 'zod';
import { RECORD_KINDS, type RecordKey, type RecordKind, type StoredRecord } from './record.ts';

// How both drivers write records, and the entries of the change log that name them.

/** User and group ids have at most 256 characters of at most 4 bytes. */
const MAX_ID_BYTES = 1024;

/** Whether a record can have that id. Lone surrogates all become U+FFFD, so two ids would be one. */
export function isStorableId(id: string): boolean {
  if (id.length === 0 || id.length > MAX_ID_BYTES) return false;
  const bytes = Buffer.from(id);
  return bytes.length <= MAX_ID_BYTES && bytes.toString() === id;
}

/** Our records are shorter. Parsing a huge foreign value would block the process. */
const MAX_LENGTH = 32 * 1024 * 1024;

/** A revision, a space, JSON. */
export function encodeRecord(revision: number, json: string): string {
  return `${revision} ${json}`;
}

/** Decodes what `encodeRecord` wrote. Other text becomes a record without a value, which its reader refuses. */
export function decodeRecord({ kind, id }: RecordKey, text: string): StoredRecord {
  return { kind, id, ...(decodeText(text) ?? { revision: 0, value: undefined }) };
}

/** Undefined for text that does not begin with a revision. */
export function decodeText(text: string): { revision: number; value: unknown } | undefined {
  const space = text.indexOf(' ');
  const digits = text.slice(0, Math.max(0, Math.min(space, 16)));
  if (!/^\d{1,15}$/.test(digits)) return undefined;
  const revision = Number(digits);
  if (text.length > MAX_LENGTH) return { revision, value: undefined };
  try {
    return { revision, value: JSON.parse(text.slice(space + 1)) };
  } catch {
    return { revision, value: undefined };
  }
}

const Keys = z.array(z.tuple([z.enum(RECORD_KINDS), z.string()]));

/** The records that a commit touched, as the change log names them. */
export function encodeKeys(keys: readonly RecordKey[]): string {
  return JSON.stringify(keys.map(({ kind, id }) => [kind, id]));
}

/** Throws for text that `encodeKeys` did not write. */
export function decodeKeys(text: string): RecordKey[] {
  return Keys.parse(JSON.parse(text)).map(([kind, id]) => ({ kind, id }));
}

/** One write of a commit. */
export interface EncodedWrite {
  readonly record: RecordKey;
  /** JSON; undefined where the record is removed. */
  readonly json: string | undefined;
}

/** Throws RangeError or TypeError for writes that cannot be stored, before anything is written. */
export function encodeWrites(
  writes: readonly { readonly key: RecordKey; readonly value: unknown }[],
): EncodedWrite[] {
  const byKey = new Map<string, EncodedWrite>();
  for (const { key, value } of writes) {
    const { kind, id } = key;
    if (!RECORD_KINDS.includes(kind)) throw new RangeError(`no such kind of record: ${String(kind)}`);
    if (!isStorableId(id))
      throw new RangeError(`${kind} ${JSON.stringify(id.slice(0, 64))}: no id that can be stored`);
    const json = value === undefined ? undefined : encodeValue(value, kind);
    byKey.set(`${kind}/${id}`, { record: { kind, id }, json });
  }
  return [...byKey.values()];
}

function encodeValue(value: unknown, kind: RecordKind): string {
  const json: string | undefined = JSON.stringify(value);
  if (json === undefined) throw new TypeError(`${kind}: the value is no JSON`);
  return json;
}
