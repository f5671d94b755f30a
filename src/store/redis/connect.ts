import { isIP } from 'node:net';
import { Redis, type RedisOptions } from 'ioredis';
import { withDeadline } from '../deadline.ts';
import { formatServer, type ServerAddress } from '../server-address.ts';
import { describeRedisFault, faultCode, isLoginRefused } from './redis-fault.ts';
import type { RedisLogin, RedisTls } from './redis-store-options.ts';

export interface ServerLogin extends RedisLogin {
  readonly tls: (() => RedisTls) | undefined;
  /** Milliseconds. */
  readonly connectTimeout: number;
}

/**
 * Opens an authenticated connection. It does not reconnect: its holder listens for `close` and opens another. Rejects with
 * `StoreUnavailable`.
 */
export async function connect(
  address: ServerAddress,
  access: ServerLogin,
  signal?: AbortSignal,
): Promise<Redis> {
  const used = access.password?.();
  try {
    return await open(address, access, used, signal);
  } catch (error) {
    const next = isLoginRefused(error) ? await reread(access) : used;
    if (next === used || signal?.aborted) throw describeRedisFault(error, formatServer(address));
    return await open(address, access, next, signal).catch((second: unknown) => {
      throw describeRedisFault(second, formatServer(address));
    });
  }
}

/** The password may just have been changed on both sides. */
async function reread({ password, rereadPassword }: ServerLogin): Promise<string | undefined> {
  await rereadPassword?.();
  return password?.();
}

/** Rejects with the library's errors. */
async function open(
  address: ServerAddress,
  access: ServerLogin,
  password: string | undefined,
  signal: AbortSignal | undefined,
): Promise<Redis> {
  const redis = new Redis(optionsFor(address, access));
  let fault: Error | undefined;
  redis.on('error', (error: Error) => {
    fault = error;
  });
  const abandon = () => redis.disconnect();
  signal?.addEventListener('abort', abandon);
  try {
    await withDeadline(openSession(redis, access.username, password), access.connectTimeout);
    return redis;
  } catch (error) {
    redis.disconnect();
    throw fault ?? error;
  } finally {
    signal?.removeEventListener('abort', abandon);
  }
}

async function openSession(
  redis: Redis,
  username: string | undefined,
  password: string | undefined,
): Promise<void> {
  await redis.connect();
  // With the library's own login, a server without a password would only cause a warning on the console.
  if (password !== undefined)
    await (username === undefined ? redis.auth(password) : redis.auth(username, password));
  // A server that cannot write its snapshot refuses even PING.
  else
    await redis.ping().catch((error: unknown) => {
      if (faultCode(error) !== 'MISCONF') throw error;
    });
}

function optionsFor(
  { host, port }: ServerAddress,
  { tls }: ServerLogin,
): RedisOptions & { replyMapping: 'legacy' } {
  return {
    replyMapping: 'legacy',
    host,
    port,
    lazyConnect: true,
    protocol: 2,
    disableClientInfo: true,
    enableReadyCheck: false,
    keepAlive: 5000,
    // A queued command would be sent after its caller timed out; a resent one could run twice.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: null,
    connectTimeout: 0,
    ...(tls && { tls: tlsOptions(host, tls()) }),
  };
}

function tlsOptions(host: string, { ca, cert, key, serverName }: RedisTls): NonNullable<RedisOptions['tls']> {
  const name = serverName ?? (isIP(host) === 0 ? host : undefined);
  return {
    minVersion: 'TLSv1.2',
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(name !== undefined && { servername: name }),
  };
}
