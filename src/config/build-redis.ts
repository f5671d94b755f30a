import type { RedisConfig } from './config.ts';
import type { RedisPasswords } from './redis-passwords.ts';
import type { Resolve } from './referenced-files.ts';
import type { Settings } from './schema.ts';

/** `store.redis` in the program's own words. */
export function buildRedis(
  redis: NonNullable<Settings['store']['redis']>,
  passwords: RedisPasswords,
  resolve: Resolve,
): RedisConfig {
  const { url, sentinel, cluster, tls } = redis;
  const at = (key: 'ca' | 'cert' | 'key') => {
    const file = tls?.[key];
    return file === undefined ? undefined : resolve(['store', 'redis', 'tls', key], file);
  };
  return {
    url,
    sentinel: sentinel && {
      name: sentinel.name,
      nodes: sentinel.nodes,
      username: sentinel.username,
      ...passwords.sentinel,
    },
    cluster,
    tls:
      tls || url?.tls
        ? { ca: at('ca'), cert: at('cert'), key: at('key'), serverName: tls?.server_name }
        : undefined,
    username: redis.username,
    ...passwords.server,
    prefix: redis.prefix,
    commandTimeoutMs: redis.command_timeout,
    transferTimeoutMs: redis.transfer_timeout,
    waitReplicas: redis.wait_replicas,
    waitTimeoutMs: redis.wait_timeout,
    minReplicasToWrite: redis.min_replicas_to_write,
    logLength: redis.log_length,
  };
}
