import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { RestorableBackup } from '../cli/cli-context.ts';
import type { Config } from '../config/config.ts';
import { storeFolder } from '../config/store-place.ts';
import type { Acceptance } from '../store/acceptance.ts';
import { BackupError, type BackupSource, type Restored } from '../store/backup.ts';
import { StoreUnavailable } from '../store/port.ts';
import type { TelemetryRepair } from '../store/telemetry-repair.ts';
import type { StoreWithTelemetry } from '../store/telemetry-writes.ts';
import type { ConfiguredFiles } from './configured-files.ts';
import { type RedisFiles, readRedisFiles, watchRedisFiles } from './redis-files.ts';
import { redisOptions } from './redis-options.ts';

// Each driver is loaded where it is used: a process takes the memory of one, and starts faster.

/** A change holds after 20 ms at most; looking more often costs a sidecar that has nothing to do several percent of a core. */
const POLL_INTERVAL_MS = 20;

/** Hears what an operator should know about the server. */
type Warn = (warning: string) => void;

interface OpenStoreOptions {
  readonly onWarning?: Warn;
  /** `read`: of the embedded store the records are opened read-only, and have to exist. */
  readonly access?: 'read' | 'write';
  /** Of a store in Redis. Default: as they are now. */
  readonly redisFiles?: RedisFiles;
  /** A store in Redis that is unavailable now is opened all the same, and tried again until it is there. */
  readonly awaited?: boolean;
}

/** The same for a process that serves: a store that others share may be out of reach now and come later. */
export async function openServedStore(
  config: Config,
  files: ConfiguredFiles,
  options: Required<Pick<OpenStoreOptions, 'access' | 'onWarning'>>,
): Promise<StoreWithTelemetry> {
  const { redis } = config.store;
  if (!redis) return openStore(config, options);
  const redisFiles = await watchRedisFiles(redis, files);
  return openStore(config, { ...options, redisFiles, awaited: true });
}

/** The configured store: Redis, or a folder of its own in the embedded store's, beside the keys that are made there. */
export async function openStore(
  config: Config,
  { onWarning, access = 'write', redisFiles, awaited = false }: OpenStoreOptions = {},
): Promise<StoreWithTelemetry> {
  const { redis } = config.store;
  const decisionsLength = config.decisions.keep;
  if (redis) {
    const { openRedisStore } = await import('../store/redis/redis-store.ts');
    return openRedisStore({
      ...redisOptions(redis, redisFiles ?? readRedisFiles(redis)),
      decisionsLength,
      access,
      awaited,
      ...(onWarning && { onWarning }),
    });
  }
  const { openEmbeddedStore } = await import('../store/embedded/embedded-store.ts');
  return openEmbeddedStore({
    path: storeFolder(config),
    pollInterval: POLL_INTERVAL_MS,
    decisionsLength,
    access,
  });
}

/**
 * The same for a command line, which makes no store by the way: in another folder than it was meant for it would work on an empty one.
 * Rejects with `StoreUnavailable`.
 */
export function openExistingStore(
  config: Config,
  access: 'read' | 'write' = 'write',
): Promise<StoreWithTelemetry> {
  refuseMissing(config);
  return openStore(config, { access });
}

/** Makes the store that the configuration names where it is missing. True if the embedded store was. */
export async function createStore(config: Config): Promise<boolean> {
  const missing = config.store.redis === undefined && !hasEmbeddedStore(config);
  const store = await openStore(config);
  try {
    // Side writes are in files of their own, which are made when they are first opened.
    await store.side.readLastUsed([]);
  } finally {
    await store.close();
  }
  return missing;
}

function refuseMissing(config: Config): void {
  const folder = storeFolder(config);
  if (config.store.redis !== undefined || existsSync(join(folder, 'data.mdb'))) return;
  throw new StoreUnavailable(
    `there is no store in ${folder}. If it is elsewhere, go to the folder that serve runs in, or name it with --config FILE or --set store.embedded.path=FOLDER. A new one is made by sallyport serve, or by sallyport store init`,
  );
}

/** Whether the files of the embedded store were made by this version. */
export function hasEmbeddedStore(config: Config): boolean {
  const folder = storeFolder(config);
  return existsSync(join(folder, 'data.mdb')) && existsSync(join(folder, 'side', 'data.mdb'));
}

export async function openBackup(config: Config): Promise<BackupSource> {
  refuseRedis(config);
  refuseMissing(config);
  const { openBackupSource: openSnapshot } = await import('../store/embedded/backup-source.ts');
  return openSnapshot(storeFolder(config), Date.now());
}

export async function restoreBackup(config: Config, backup: RestorableBackup): Promise<Restored> {
  refuseRedis(config);
  if (backup.dryRun) refuseMissing(config);
  const { restoreStore } = await import('../store/embedded/restore-store.ts');
  return restoreStore({ path: storeFolder(config), ...backup });
}

/** Looks at the store in Redis, for a person to say that it is the one to follow. */
export async function openStoreAcceptance({ store }: Config): Promise<Acceptance> {
  if (!store.redis)
    throw new Error('the embedded store needs no acceptance: restart serve, and it takes the store as it is');
  const { openAcceptance } = await import('../store/redis/open-acceptance.ts');
  return openAcceptance(redisOptions(store.redis, readRedisFiles(store.redis)));
}

/** Looks at what sidecars wrote in Redis, to make it usable again. */
export async function openTelemetryRepair({ store }: Config): Promise<TelemetryRepair> {
  if (!store.redis)
    throw new Error(
      'store repair is for Redis, where a sidecar has rights of its own: in the embedded store, stop serve and remove the folder store/side, and it is made anew',
    );
  const { openRepair } = await import('../store/redis/open-repair.ts');
  return openRepair(redisOptions(store.redis, readRedisFiles(store.redis)));
}

function refuseRedis({ store }: Config): void {
  if (store.redis)
    throw new BackupError(
      'backups are of the embedded store: save Redis by its own means, as docs/redis.md says',
    );
}
