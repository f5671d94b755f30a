import type { Redis } from 'ioredis';
import type { TelemetryWrites } from '../telemetry-writes.ts';
import type { KeySpace } from './key-space.ts';
import { defineScript, runScript } from './lua-script.ts';
import { faultCode } from './redis-fault.ts';
import { asList, asText, type Command, sendAll, UnexpectedReply } from './replies.ts';
import { readTimes } from './telemetry.ts';

/** Milliseconds that a heartbeat stays after the last one. */
export const HEARTBEAT_LIFE = 60_000;
/** Bytes. One of ours is shorter. */
const MAX_LINE = 64 * 1024;
/** Nothing comes after it in any stream. */
const LAST_CURSOR = '18446744073709551615-18446744073709551615';
/** Nothing comes before it. */
const FIRST_CURSOR = /^0+-0+$/;
const CURSOR = /^\d{1,20}-\d{1,20}$/;

export interface TelemetryWriting {
  readonly keys: KeySpace;
  readonly instance: string;
  /** Decisions that the stream keeps, about. */
  readonly decisionsLength: number;
  call<T>(send: (redis: Redis) => Promise<T>): Promise<T>;
}

export function createTelemetryWrites({
  keys,
  instance,
  decisionsLength,
  call,
}: TelemetryWriting): TelemetryWrites {
  return {
    async touchLastUsed(times) {
      if (times.size === 0) return;
      const pairs = [...times].flatMap(([id, at]) => [String(Math.trunc(at)), id]);
      // XX: a late write of a deleted credential leaves nothing behind.
      await call((redis) => redis.call('ZADD', keys.lastUsed, 'XX', 'GT', ...pairs));
    },

    async readLastUsed(ids) {
      return ids.length === 0 ? [] : call((redis) => readTimes(redis, keys, ids));
    },

    async appendDecisions(lines) {
      if (lines.length === 0) return;
      await call((redis) =>
        sendAll(
          redis,
          lines.map(
            (line): Command => ['XADD', keys.decisions, 'MAXLEN', '~', decisionsLength, '*', 'd', line],
          ),
        ),
      );
    },

    async readDecisions(after, limit, descending = false) {
      if (after !== undefined && !CURSOR.test(after))
        throw new RangeError('expected a cursor of this stream');
      if (descending ? after !== undefined && FIRST_CURSOR.test(after) : after === LAST_CURSOR) return [];
      const [command, first, end]: Direction = descending ? ['XREVRANGE', '+', '-'] : ['XRANGE', '-', '+'];
      const from = after === undefined ? first : `(${after}`;
      const reply = await call((redis) => readEntries(redis, keys.decisions, [command, from, end], limit));
      return asList(reply).map((entry) => {
        const [cursor, line] = asList(entry).map(asText);
        if (cursor === undefined || line === undefined) throw new UnexpectedReply();
        return { cursor, line };
      });
    },

    async heartbeat() {
      const reply = await call((redis) =>
        redis.set(keys.heartbeat(instance), new Date().toISOString(), 'PX', HEARTBEAT_LIFE),
      );
      if (reply !== 'OK') throw new UnexpectedReply();
    },
  };
}

type Direction = readonly [command: 'XRANGE' | 'XREVRANGE', from: string, end: string];
/**
 * Entries of the stream, one at a time: a sidecar may have put there lines of hundreds of megabytes, and neither we nor the
 * server would have room for a page of them. What can't be one of ours is an empty line.
 *
 * KEYS: the stream. ARGV: where to begin, how many, bytes that a line of ours has at most, XRANGE or XREVRANGE, where to end.
 * Answers with a list of `{id, line}`.
 */
const READ_DECISIONS = defineScript(`
local found, from, longest = {}, ARGV[1], tonumber(ARGV[3])
for _ = 1, tonumber(ARGV[2]) do
  local entry = redis.call(ARGV[4], KEYS[1], from, ARGV[5], 'COUNT', 1)[1]
  if not entry then break end
  local fields, line = entry[2], ''
  if #fields == 2 and fields[1] == 'd' and #fields[2] <= longest then line = fields[2] end
  found[#found + 1] = {entry[1], line}
  if ARGV[4] == 'XRANGE' and entry[1] == '18446744073709551615-18446744073709551615' then break end
  from = '(' .. entry[1]
end
return found
`);

/** Runs the script. A user that may not run scripts, such as a sidecar's, reads the entries as they are. */
async function readEntries(
  redis: Redis,
  stream: string,
  [command, from, end]: Direction,
  limit: number,
): Promise<unknown> {
  try {
    return await runScript(redis, READ_DECISIONS, [stream], [from, limit, MAX_LINE, command, end]);
  } catch (error) {
    if (faultCode(error) !== 'NOPERM') throw error;
  }
  const entries = asList(await redis.call(command, stream, from, end, 'COUNT', String(limit)));
  return entries.map((entry) => {
    const [cursor, pairs] = asList(entry);
    return [cursor, lineOf(pairs)];
  });
}

/** Empty where another program wrote the entry: one that is not ours must not hide the others. */
function lineOf(pairs: unknown): string {
  if (!Array.isArray(pairs) || pairs.length !== 2) return '';
  const [name, line]: readonly unknown[] = pairs;
  return name === 'd' && typeof line === 'string' && line.length <= MAX_LINE ? line : '';
}
