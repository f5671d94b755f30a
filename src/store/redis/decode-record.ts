import type { RecordKey, StoredRecord } from '../record.ts';

/** No record of ours is as long; parsing what somebody else left there would hold up everything. */
const MAX_LENGTH = 32 * 1024 * 1024;

/** A revision, a space, JSON. What is not that becomes a record without a value, for its reader to refuse. */
export function decodeRecord({ kind, id }: RecordKey, text: string): StoredRecord {
  const space = text.indexOf(' ');
  const digits = text.slice(0, Math.max(0, Math.min(space, 16)));
  if (!/^\d{1,15}$/.test(digits)) return { kind, id, revision: 0, value: undefined };
  const revision = Number(digits);
  if (text.length > MAX_LENGTH) return { kind, id, revision, value: undefined };
  try {
    return { kind, id, revision, value: JSON.parse(text.slice(space + 1)) };
  } catch {
    return { kind, id, revision, value: undefined };
  }
}
