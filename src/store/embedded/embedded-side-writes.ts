import type { SideWrites } from '../side-writes.ts';
import type { Database, SideDatabase } from './database.ts';
import { decodeDecisionKey, encodeDecisionKey, encodeLastUsedKey, HEARTBEAT_KEY } from './side-key.ts';
import { encodeRecordKey } from './store-key.ts';

export interface EmbeddedSideWriting {
  /** Decisions that the stream keeps. */
  readonly decisionsLength: number;
  /** The newest state, other processes' writes included. */
  read<T>(reader: (side: SideDatabase) => T): T;
  /** In one transaction, after all others. */
  write(writer: (databases: { readonly db: Database; readonly side: SideDatabase }) => void): Promise<void>;
}

const CURSOR = /^\d{1,15}$/;
/** Removed at once, where the stream is to keep much less than it did. */
const MAX_TRIMMED = 5000;
const NO_DECISION = encodeDecisionKey(0);
const AFTER_DECISIONS = encodeDecisionKey(Number.MAX_SAFE_INTEGER);

/** Beside the records of an embedded store, in a database of their own. */
export function createEmbeddedSideWrites({ decisionsLength, read, write }: EmbeddedSideWriting): SideWrites {
  return {
    async touchLastUsed(times) {
      if (times.size === 0) return;
      await write(({ db, side }) => {
        for (const [id, time] of times) {
          const record = encodeRecordKey({ kind: 'credential', id });
          // One that was deleted meanwhile would stay behind for ever.
          if (!record || !db.doesExist(record)) continue;
          const key = encodeLastUsedKey(id);
          if (time > (readTime(side, key) ?? 0)) side.putSync(key, String(Math.trunc(time)));
        }
      });
    },

    async readLastUsed(ids) {
      return read((side) => ids.map((id) => readTime(side, encodeLastUsedKey(id))));
    },

    async appendDecisions(lines) {
      if (lines.length === 0) return;
      await write(({ side }) => {
        let last = lastDecision(side);
        for (const line of lines) side.putSync(encodeDecisionKey(++last), line);
        trimDecisions(side, last - decisionsLength);
      });
    },

    async readDecisions(after, limit) {
      if (after !== undefined && !CURSOR.test(after))
        throw new RangeError('expected a cursor of this stream');
      const start = encodeDecisionKey(after === undefined ? 1 : Number(after) + 1);
      return read((side) =>
        Array.from(side.getRange({ start, end: AFTER_DECISIONS, limit }), ({ key, value }) => ({
          cursor: String(decodeDecisionKey(key)),
          line: value,
        })),
      );
    },

    async heartbeat() {
      await write(({ side }) => side.putSync(HEARTBEAT_KEY, new Date().toISOString()));
    },
  };
}

/** Undefined for what is no time. */
function readTime(side: SideDatabase, key: Buffer): number | undefined {
  const text = side.get(key);
  const time = text === undefined ? Number.NaN : Number(text);
  return Number.isSafeInteger(time) ? time : undefined;
}

function lastDecision(side: SideDatabase): number {
  const [key] = side.getKeys({ start: AFTER_DECISIONS, end: NO_DECISION, reverse: true, limit: 1 });
  return key ? decodeDecisionKey(key) : 0;
}

function trimDecisions(side: SideDatabase, last: number): void {
  if (last < 1) return;
  const range = { start: NO_DECISION, end: encodeDecisionKey(last + 1), limit: MAX_TRIMMED };
  const old = [...side.getKeys(range)].map((key) => Buffer.from(key));
  for (const key of old) side.removeSync(key);
}
