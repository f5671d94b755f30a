import { readFileSync } from 'node:fs';
import type { Login, RedisConfig } from '../config/config.ts';
import type { RedisPlace, RedisStoreOptions, RedisTls } from '../store/redis/redis-store-options.ts';

/** Reads the PEM files that the configuration names. */
export function redisOptions(redis: RedisConfig): RedisStoreOptions {
  return {
    place: placeOf(redis),
    ...loginOf(redis),
    ...(redis.tls && { tls: readTls(redis.tls) }),
    prefix: redis.prefix,
    commandTimeout: redis.commandTimeoutMs,
    transferTimeout: redis.transferTimeoutMs,
    waitReplicas: redis.waitReplicas,
    waitTimeout: redis.waitTimeoutMs,
    minReplicas: redis.minReplicasToWrite,
    logLength: redis.logLength,
  };
}

function placeOf({ url, sentinel, cluster }: RedisConfig): RedisPlace {
  if (url) return { kind: 'standalone', address: url };
  if (sentinel) return { kind: 'sentinel', name: sentinel.name, nodes: sentinel.nodes, ...loginOf(sentinel) };
  return { kind: 'cluster', nodes: cluster?.nodes ?? [] };
}

function loginOf({ username, password }: Login) {
  return {
    ...(username !== undefined && { username }),
    ...(password && { password: () => Buffer.from(password.reveal()).toString() }),
  };
}

function readTls({ ca, cert, key, serverName }: NonNullable<RedisConfig['tls']>): RedisTls {
  return {
    ...(ca !== undefined && { ca: readFileSync(ca, 'utf8') }),
    ...(cert !== undefined && { cert: readFileSync(cert, 'utf8') }),
    ...(key !== undefined && { key: readFileSync(key, 'utf8') }),
    ...(serverName !== undefined && { serverName }),
  };
}
