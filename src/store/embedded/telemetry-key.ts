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
export function rangeOfLastUsed(after: string | undefined): { start: Buffer; end: Buffer } {
  return {
    start: after === undefined ? Buffer.from(LAST_USED) : Buffer.from(`${LAST_USED}${after}\0`),
    end: Buffer.from(LAST_USED.replace('/', '0')),
  };
}

/** The key of a decision: they count up, from 1. */
export function encodeDecisionKey(number: number): Buffer {
  const key = Buffer.alloc(DECISION.length + 8);
  DECISION.copy(key);
  key.writeBigUInt64BE(BigInt(number), DECISION.length);
  return key;
}

/** The number in a key of `encodeDecisionKey`. */
export function decodeDecisionKey(key: Uint8Array): number {
  const bytes = Buffer.from(key.buffer, key.byteOffset, key.byteLength);
  return Number(bytes.readBigUInt64BE(DECISION.length));
}
