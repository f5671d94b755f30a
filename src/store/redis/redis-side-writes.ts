import type { Redis } from 'ioredis';
import type { SideWrites } from '../side-writes.ts';
import type { KeySpace } from './key-space.ts';
import { asList, asText, asTextOrNone, type Command, sendAll, UnexpectedReply } from './replies.ts';

/** Milliseconds that a heartbeat stays after the last one. */
export const HEARTBEAT_LIFE = 60_000;
const CURSOR = /^\d{1,20}-\d{1,20}$/;

export interface SideWriting {
  readonly keys: KeySpace;
  readonly instance: string;
  /** Decisions that the stream keeps, about. */
  readonly decisionsLength: number;
  call<T>(send: (redis: Redis) => Promise<T>): Promise<T>;
}

export function createSideWrites({ keys, instance, decisionsLength, call }: SideWriting): SideWrites {
  return {
    async touchLastUsed(times) {
      if (times.size === 0) return;
      const pairs = [...times].flatMap(([id, at]) => [String(Math.trunc(at)), id]);
      // Only where the commit of the credential has put one: what is told late of a deleted one leaves nothing behind.
      await call((redis) => redis.call('ZADD', keys.lastUsed, 'XX', 'GT', ...pairs));
    },

    async readLastUsed(ids) {
      if (ids.length === 0) return [];
      const reply = await call((redis) => redis.call('ZMSCORE', keys.lastUsed, ...ids));
      return asList(reply).map((score) => {
        const text = asTextOrNone(score);
        if (text === undefined) return undefined;
        const at = Number(text);
        return Number.isSafeInteger(at) && at > 0 ? at : undefined;
      });
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

    async readDecisions(after, limit) {
      if (after !== undefined && !CURSOR.test(after))
        throw new RangeError('expected a cursor of this stream');
      const from = after === undefined ? '-' : `(${after}`;
      const reply = await call((redis) =>
        redis.call('XRANGE', keys.decisions, from, '+', 'COUNT', String(limit)),
      );
      return asList(reply).map((entry) => {
        const [cursor, pairs] = asList(entry);
        return { cursor: asText(cursor), line: lineOf(pairs) };
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

/** Empty where another program wrote the entry: one that is not ours must not hide the others. */
function lineOf(pairs: unknown): string {
  if (!Array.isArray(pairs) || pairs.length !== 2) return '';
  const [name, line]: readonly unknown[] = pairs;
  return name === 'd' && typeof line === 'string' ? line : '';
}
