import type { TelemetryRepair } from '../store-driver.ts';
import { locateStore } from './locate-store.ts';
import { PrimaryLink } from './primary-link.ts';
import type { RedisStoreOptions } from './redis-store-options.ts';
import { asText, sendAll } from './replies.ts';
import { dropDecisions, dropHeartbeats, rebuildLastUsed } from './telemetry.ts';

/** Milliseconds for a repair, which scans a whole server and writes sets of a million entries. */
const PATIENCE = 10 * 60_000;

/** Looks at what sidecars write in Redis, and changes nothing yet. Rejects with `StoreUnavailable` or `StoreFormatError`. */
export async function openRepair(options: RedisStoreOptions): Promise<TelemetryRepair> {
  const { settings, place, resolver } = locateStore(options);
  const { keys, where } = place;
  const link = new PrimaryLink({ resolver, connectTimeout: settings.connectTimeout, maxCalls: 1 });
  const close = () => {
    link.close();
    resolver.close();
  };
  try {
    const [lastUsed, decisions] = await link.call(settings.transferTimeout, (redis) =>
      sendAll(redis, [
        ['TYPE', keys.lastUsed],
        ['TYPE', keys.decisions],
      ]),
    );
    return {
      where,
      types: { 'last-used': asText(lastUsed), decisions: asText(decisions) },
      repair: (parts, now) =>
        link.call(PATIENCE, async (redis) => {
          const wants = new Set(parts);
          // Removal comes first, because the times need memory.
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
