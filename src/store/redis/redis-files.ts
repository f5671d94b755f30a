import type { Secret } from '../../config/secret.ts';
import { readPasswordFile } from '../../config/secret-file.ts';
import { readTlsFiles, type TlsMaterial, tlsPaths } from '../../files/tls-files.ts';
import { fixed, type Watched } from '../../files/watch-files.ts';
import type { FileWatcher } from '../store-driver.ts';
import type { Password, RedisConfig } from './redis-config.ts';
import type { RedisLogin, RedisPlace, RedisStoreOptions } from './redis-store-options.ts';

interface WatchedPassword extends Watched<Secret | undefined> {
  /** Reads it again now. */
  reload?(): Promise<unknown>;
}

/** What connections to Redis and its Sentinels are opened with. */
interface RedisFiles {
  readonly password: WatchedPassword;
  readonly sentinelPassword: WatchedPassword;
  /** Undefined: no TLS. */
  readonly tls: Watched<TlsMaterial> | undefined;
}

/** As they are now. Throws `PemFileError`. */
export function readRedisFiles({ password, sentinel, tls }: RedisConfig): RedisFiles {
  return {
    password: fixed(password),
    sentinelPassword: fixed(sentinel?.password),
    tls: tls && fixed(readTlsFiles(tls)),
  };
}

/** Watched, so that each new connection is opened with what the files hold then. */
export async function watchRedisFiles(redis: RedisConfig, files: FileWatcher): Promise<RedisFiles> {
  const { sentinel, tls } = redis;
  const watchPassword = async (setting: string, login: Password | undefined): Promise<WatchedPassword> => {
    const file = login?.passwordFile;
    if (file === undefined) return fixed(login?.password);
    return files.watch<Secret | undefined>(setting, [file], () => readPasswordFile(file));
  };
  return {
    password: await watchPassword('store.redis.password_file', redis),
    sentinelPassword: await watchPassword('store.redis.sentinel.password_file', sentinel),
    tls: tls && (await files.watch('store.redis.tls', tlsPaths(tls), () => readTlsFiles(tls))),
  };
}

export function redisOptions(
  redis: RedisConfig,
  { password, sentinelPassword, tls }: RedisFiles,
): RedisStoreOptions {
  const serverName = redis.tls?.serverName;
  return {
    place: placeOf(redis, sentinelPassword),
    ...loginOf(redis.username, password),
    ...(tls && { tls: () => ({ ...tls.current.pair, ca: tls.current.ca, serverName }) }),
    prefix: redis.prefix,
    commandTimeout: redis.commandTimeoutMs,
    transferTimeout: redis.transferTimeoutMs,
    waitReplicas: redis.waitReplicas,
    waitTimeout: redis.waitTimeoutMs,
    minReplicas: redis.minReplicasToWrite,
    logLength: redis.logLength,
  };
}

function placeOf({ url, sentinel, cluster }: RedisConfig, password: WatchedPassword): RedisPlace {
  if (url) return { kind: 'standalone', address: url };
  if (!sentinel) return { kind: 'cluster', nodes: cluster?.nodes ?? [] };
  const { name, nodes, username } = sentinel;
  return { kind: 'sentinel', name, nodes, ...loginOf(username, password) };
}

function loginOf(username: string | undefined, password: WatchedPassword): RedisLogin {
  return {
    ...(username !== undefined && { username }),
    ...(password.current && {
      password: () => Buffer.from(password.current?.reveal() ?? []).toString(),
      ...(password.reload && { rereadPassword: () => password.reload?.() ?? Promise.resolve() }),
    }),
  };
}
