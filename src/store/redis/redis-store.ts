import { randomUUID } from 'node:crypto';
import { warnOfRights } from './check-rights.ts';
import { ConnectedStore, type RedisStore } from './connected-store.ts';
import { createResolver } from './create-resolver.ts';
import { withDeadline } from './deadline.ts';
import { ensureStore } from './ensure-store.ts';
import { formatServer } from './format-server.ts';
import { createKeySpace } from './key-space.ts';
import { KnownCommits } from './known-commits.ts';
import { openPrimary } from './open-primary.ts';
import { PrimaryLink } from './primary-link.ts';
import type { Place } from './read-records.ts';
import { describeFault } from './redis-fault.ts';
import { completeSettings, type RedisStoreOptions } from './redis-store-options.ts';
import { warnOf } from './server-info.ts';

export type { RedisStore } from './connected-store.ts';

/**
 * Opens the store in a Redis that many machines share; makes it where there is none and the user may. Rejects with
 * `StoreUnavailable` where the primary can't be reached, and with `StoreFormatError` where the server or what it holds
 * can't be used: too old, one that may evict, another program's or a newer store.
 */
export async function openRedisStore(options: RedisStoreOptions): Promise<RedisStore> {
  const settings = completeSettings(options);
  const keys = createKeySpace(settings.prefix);
  const finder = createResolver(options, settings, keys.head);
  const place: Place = { keys, where: `Redis at ${finder.where}, prefix ${settings.prefix}` };
  const known = new KnownCommits();
  let link: PrimaryLink | undefined;
  try {
    const first = await openPrimary(
      finder,
      settings.connectTimeout,
      AbortSignal.timeout(10 * settings.connectTimeout),
    );
    const address = formatServer(first.address);
    try {
      known.restart(
        await withDeadline(ensureStore(first.redis, keys, place.where), settings.transferTimeout),
      );
      const warning = warnOf(first.info, address);
      if (warning !== undefined) options.onWarning?.(warning);
      if (options.onWarning && options.access !== 'read') {
        const rights = await withDeadline(warnOfRights(first.redis, keys, address), settings.transferTimeout);
        if (rights !== undefined) options.onWarning(rights);
      }
    } catch (error) {
      throw describeFault(error, address);
    } finally {
      first.redis.disconnect();
    }
    const { connectTimeout, maxReads } = settings;
    link = await PrimaryLink.open({ finder, connectTimeout, maxCalls: maxReads });
    return new ConnectedStore({
      settings,
      finder,
      place,
      known,
      link,
      instance: options.instance ?? randomUUID(),
      onWarning: (warning) => options.onWarning?.(warning),
    });
  } catch (error) {
    link?.close();
    finder.close();
    throw error;
  }
}
