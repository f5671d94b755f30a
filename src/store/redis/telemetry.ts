import type { Redis } from 'ioredis';
import { readUseTime } from '../telemetry-writes.ts';
import type { KeySpace } from './key-space.ts';
import { readIds } from './read-records.ts';
import { faultCode } from './redis-fault.ts';
import { asCount, asList, asText, asTextOrNone } from './replies.ts';

// The keys that a sidecar's user may write. These functions work with any type and size of them.

/** Keys that one SCAN looks at. */
const SCANNED = 1000;
/** Credentials that one command names. */
const BATCH = 500;
/** Milliseconds that the clock of a sidecar may be ahead. */
const CLOCK_TOLERANCE = 60_000;

/** Whether there were any. */
export async function dropDecisions(redis: Redis, keys: KeySpace): Promise<boolean> {
  return asCount(await redis.del(keys.decisions)) > 0;
}

/** How many there were. They are found among all keys of the server. */
export async function dropHeartbeats(redis: Redis, keys: KeySpace): Promise<number> {
  let dropped = 0;
  let cursor = '0';
  do {
    const [next, names] = asList(
      await redis.call('SCAN', cursor, 'MATCH', keys.heartbeat('*'), 'COUNT', String(SCANNED)),
    );
    const found = asList(names).map(asText);
    if (found.length > 0) dropped += asCount(await redis.del(...found));
    cursor = asText(next);
  } while (cursor !== '0');
  return dropped;
}

/**
 * Rebuilds the set of last-used times, with one entry per credential. Plausible times are kept. What sidecars write
 * meanwhile may be lost.
 */
export async function rebuildLastUsed(
  redis: Redis,
  keys: KeySpace,
  now: number,
): Promise<{ credentials: number; kept: number }> {
  const times = new Map<string, number>();
  let after: string | undefined;
  for (;;) {
    const ids = await readIds(redis, keys, 'credential', { after, limit: BATCH });
    const found = await readTimes(redis, keys, ids);
    for (const [index, id] of ids.entries()) {
      const time = found[index];
      times.set(id, time !== undefined && time <= now + CLOCK_TOLERANCE ? time : 0);
    }
    if (ids.length < BATCH) break;
    after = ids.at(-1);
  }
  await redis.del(keys.lastUsed);
  const entries = [...times];
  for (let start = 0; start < entries.length; start += BATCH) {
    const pairs = entries.slice(start, start + BATCH).flatMap(([id, time]) => [String(time), id]);
    // NX: an entry that a commit or a sidecar has written meanwhile is newer.
    await redis.call('ZADD', keys.lastUsed, 'NX', ...pairs);
  }
  return { credentials: times.size, kept: entries.filter(([, time]) => time > 0).length };
}

/** In the order of `ids`; undefined for an unused credential, and for all if the key has another type. */
export async function readTimes(
  redis: Redis,
  keys: KeySpace,
  ids: readonly string[],
): Promise<(number | undefined)[]> {
  if (ids.length === 0) return [];
  try {
    return asList(await redis.call('ZMSCORE', keys.lastUsed, ...ids)).map((score) => {
      const text = asTextOrNone(score);
      return text === undefined ? undefined : readUseTime(text);
    });
  } catch (error) {
    if (faultCode(error) !== 'WRONGTYPE') throw error;
    return ids.map(() => undefined);
  }
}
