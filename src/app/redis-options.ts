import type { RedisConfig } from '../config/config.ts';
import type { RedisLogin, RedisPlace, RedisStoreOptions } from '../store/redis/redis-store-options.ts';
import type { RedisFiles, WatchedPassword } from './redis-files.ts';

export function redisOptions(
  redis: RedisConfig,
  { password, sentinelPassword, tls }: RedisFiles,
): RedisStoreOptions {
  const serverName = redis.tls?.serverName;
  return {
    place: placeOf(redis, sentinelPassword),
    ...loginOf(redis.username, password),
    ...(tls && {
      tls: () => ({ ...tls.current.pair, ca: tls.current.ca, serverName }),
    }),
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
  if (sentinel)
    return {
      kind: 'sentinel',
      name: sentinel.name,
      nodes: sentinel.nodes,
      ...loginOf(sentinel.username, password),
    };
  return { kind: 'cluster', nodes: cluster?.nodes ?? [] };
}

function loginOf(username: string | undefined, password: WatchedPassword): RedisLogin {
  if (!password.current) return { ...(username !== undefined && { username }) };
  return {
    ...(username !== undefined && { username }),
    password: () => Buffer.from(password.current?.reveal() ?? []).toString(),
    ...(password.reload && { rereadPassword: () => password.reload?.() ?? Promise.resolve() }),
  };
}
