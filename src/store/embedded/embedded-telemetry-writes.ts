import { readUseTime, type TelemetryWrites } from '../telemetry-writes.ts';
import type { Database } from './database.ts';
import {
  decodeDecisionKey,
  decodeLastUsedKey,
  encodeDecisionKey,
  encodeLastUsedKey,
  HEARTBEAT_KEY,
  rangeOfLastUsed,
} from './store-key.ts';

export interface EmbeddedTelemetryWriting {
  /** Decisions that the stream keeps. */
  readonly decisionsLength: number;
  /** The newest state, other processes' writes included. */
  read<T>(reader: (side: Database, isCredential: IsCredential) => T): T;
  /** In one transaction, after all others. */
  write(writer: (side: Database, isCredential: IsCredential) => void): Promise<void>;
}

/** Whether the store has a credential of that id now. */
export type IsCredential = (id: string) => boolean;

const CURSOR = /^\d{1,15}$/;
/** Times that one write checks for deleted credentials. */
const SWEPT = 100;
/** Maximum decisions removed by one write. */
const MAX_TRIMMED = 5000;
const NO_DECISION = encodeDecisionKey(0);
const AFTER_DECISIONS = encodeDecisionKey(Number.MAX_SAFE_INTEGER);

/**
 * Beside the records of an embedded store, in an environment of their own: no commit waits for them. A commit that deletes a
 * credential leaves its time behind. It is not read, and a later write removes it.
 */
export function createEmbeddedTelemetryWrites({
  decisionsLength,
  read,
  write,
}: EmbeddedTelemetryWriting): TelemetryWrites {
  let swept: string | undefined;
  return {
    async touchLastUsed(times) {
      if (times.size === 0) return;
      await write((side, isCredential) => {
        for (const [id, time] of times) {
          if (!isCredential(id)) continue;
          const key = encodeLastUsedKey(id);
          if (time > (readTime(side, key) ?? 0)) side.putSync(key, String(Math.trunc(time)));
        }
        swept = sweepTimes(side, isCredential, swept);
      });
    },

    async readLastUsed(ids) {
      return read((side, isCredential) =>
        ids.map((id) => (isCredential(id) ? readTime(side, encodeLastUsedKey(id)) : undefined)),
      );
    },

    async appendDecisions(lines) {
      if (lines.length === 0) return;
      await write((side) => {
        let last = lastDecision(side);
        for (const line of lines) side.putSync(encodeDecisionKey(++last), line);
        trimDecisions(side, last - decisionsLength);
      });
    },

    async readDecisions(after, limit, descending = false) {
      if (after !== undefined && !CURSOR.test(after))
        throw new RangeError('expected a cursor of this stream');
      const number = after === undefined ? undefined : Number(after);
      if (descending && number === 0) return [];
      const range = descending
        ? { start: number === undefined ? AFTER_DECISIONS : encodeDecisionKey(number - 1), end: NO_DECISION }
        : { start: encodeDecisionKey((number ?? 0) + 1), end: AFTER_DECISIONS };
      return read((side) =>
        Array.from(side.getRange({ ...range, limit, reverse: descending }), ({ key, value }) => ({
          cursor: String(decodeDecisionKey(key)),
          line: value,
        })),
      );
    },

    async heartbeat() {
      await write((side) => side.putSync(HEARTBEAT_KEY, new Date().toISOString()));
    },
  };
}

/** Removes times of deleted credentials among the next ones. Returns the id to go on after; undefined at the end. */
function sweepTimes(
  side: Database,
  isCredential: IsCredential,
  after: string | undefined,
): string | undefined {
  const keys = [...side.getKeys({ ...rangeOfLastUsed(after), limit: SWEPT })].map((key) => Buffer.from(key));
  for (const key of keys) if (!isCredential(decodeLastUsedKey(key))) side.removeSync(key);
  const last = keys.at(-1);
  return last && keys.length === SWEPT ? decodeLastUsedKey(last) : undefined;
}

/** Undefined for what is no time. */
function readTime(side: Database, key: Buffer): number | undefined {
  const text = side.get(key);
  return text === undefined ? undefined : readUseTime(text);
}

function lastDecision(side: Database): number {
  const [key] = side.getKeys({ start: AFTER_DECISIONS, end: NO_DECISION, reverse: true, limit: 1 });
  return key ? decodeDecisionKey(key) : 0;
}

function trimDecisions(side: Database, last: number): void {
  if (last < 1) return;
  const range = { start: NO_DECISION, end: encodeDecisionKey(last + 1), limit: MAX_TRIMMED };
  const old = [...side.getKeys(range)].map((key) => Buffer.from(key));
  for (const key of old) side.removeSync(key);
}
