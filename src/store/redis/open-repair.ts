import type { Redis } from 'ioredis';
import type { TelemetryRepair } from '../telemetry-repair.ts';
import { createResolver } from './create-resolver.ts';
import { withDeadline } from './deadline.ts';
import { formatServer } from './format-server.ts';
import { createKeySpace } from './key-space.ts';
import { openPrimary } from './open-primary.ts';
import { describeFault } from './redis-fault.ts';
import { completeSettings, type RedisStoreOptions } from './redis-store-options.ts';
import { asText, sendAll } from './replies.ts';
import { dropDecisions, dropHeartbeats, rebuildLastUsed } from './telemetry.ts';

/** Milliseconds for all of it: a server is looked through, and sets of a million are written. */
const PATIENCE = 10 * 60_000;

/** Looks at what sidecars write in Redis, and changes nothing yet. Rejects with `StoreUnavailable` or `StoreFormatError`. */
export async function openRepair(options: RedisStoreOptions): Promise<TelemetryRepair> {
  const settings = completeSettings(options);
  const { connectTimeout, transferTimeout } = settings;
  const keys = createKeySpace(settings.prefix);
  const finder = createResolver(options, settings, keys.head);
  let redis: Redis | undefined;
  const close = () => {
    redis?.disconnect();
    finder.close();
  };
  try {
    const primary = await openPrimary(finder, connectTimeout, AbortSignal.timeout(10 * connectTimeout));
    redis = primary.redis;
    const ask = async <T>(timeout: number, send: (redis: Redis) => Promise<T>): Promise<T> => {
      try {
        return await withDeadline(send(primary.redis), timeout);
      } catch (error) {
        throw describeFault(error, formatServer(primary.address));
      }
    };
    const [lastUsed, decisions] = await ask(transferTimeout, (redis) =>
      sendAll(redis, [
        ['TYPE', keys.lastUsed],
        ['TYPE', keys.decisions],
      ]),
    );
    return {
      where: `Redis at ${finder.where}, prefix ${settings.prefix}`,
      types: { 'last-used': asText(lastUsed), decisions: asText(decisions) },
      repair: (parts, now) =>
        ask(PATIENCE, async (redis) => {
          const wants = new Set(parts);
          // What only takes memory first: the times need some.
          const gone = wants.has('decisions') ? await dropDecisions(redis, keys) : undefined;
          const heartbeats = wants.has('heartbeats') ? await dropHeartbeats(redis, keys) : undefined;
          const times = wants.has('last-used') ? await rebuildLastUsed(redis, keys, now) : undefined;
          return { decisions: gone, heartbeats, lastUsed: times };
        }),
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}
