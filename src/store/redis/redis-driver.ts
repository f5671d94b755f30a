import type { Report, SettingFiles } from '../../config/setting-files.ts';
import { BackupError } from '../backup.ts';
import { formatServer } from '../server-address.ts';
import type { ConfiguredStore, StoreCapabilities } from '../store-driver.ts';
import { configureRedis, type RedisConfig } from './redis-config.ts';
import { readRedisFiles, redisOptions, watchRedisFiles } from './redis-files.ts';
import { type RedisSection, redis } from './redis-section.ts';

// The driver is loaded where it is used: a process takes the memory of one driver, and starts faster.

const CAPABILITIES: StoreCapabilities = { shared: true, makesKeys: false, controlPlaneBeside: false };

interface RedisSections {
  readonly redis?: RedisSection | undefined;
}

/** The store in a Redis that many machines share. */
export const redisDriver = {
  label: 'Redis',
  capabilities: CAPABILITIES,
  sections: { redis: redis.optional() },
  isChosen: (settings: RedisSections): boolean => settings.redis !== undefined,
  crossCheck({ redis }: RedisSections, checkTimeout: number, report: Report): void {
    if (redis && redis.command_timeout >= checkTimeout)
      report(['store', 'redis', 'command_timeout'], 'expected less than check_timeout');
  },
  configure({ redis }: RedisSections, files: SettingFiles): { readonly redis: RedisConfig | undefined } {
    return { redis: redis && configureRedis(redis, files) };
  },
  bind({ redis }: { readonly redis: RedisConfig | undefined }): ConfiguredStore | undefined {
    if (!redis) return undefined;
    const options = () => redisOptions(redis, readRedisFiles(redis));
    const refuseBackup = async () => {
      throw new BackupError(
        'backups are of the embedded store: save Redis by its own means, as docs/redis.md says',
      );
    };
    return {
      capabilities: CAPABILITIES,
      where: describePlace(redis),
      isMade: () => true,
      refuseMissing: () => undefined,
      async open({ files, ...open }) {
        const { openRedisStore } = await import('./redis-store.ts');
        if (!files) return openRedisStore({ ...options(), ...open });
        const watched = redisOptions(redis, await watchRedisFiles(redis, files));
        return openRedisStore({ ...watched, ...open, awaited: true });
      },
      openBackup: refuseBackup,
      restore: refuseBackup,
      openAcceptance: async () => (await import('./open-acceptance.ts')).openAcceptance(options()),
      openRepair: async () => (await import('./open-repair.ts')).openRepair(options()),
    };
  },
};

function describePlace({ url, sentinel, cluster, prefix }: RedisConfig): string {
  const nodes = url ? [url] : (sentinel?.nodes ?? cluster?.nodes ?? []);
  const primary = sentinel ? `${sentinel.name} of the Sentinels ` : '';
  return `Redis at ${primary}${nodes.map(formatServer).join(', ')}, prefix ${prefix}`;
}
