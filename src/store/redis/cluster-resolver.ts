import type { Redis } from 'ioredis';
import { asError } from '../as-error.ts';
import { withDeadline } from '../deadline.ts';
import { StoreUnavailable } from '../port.ts';
import { formatServer, type ServerAddress } from '../server-address.ts';
import { connect, type ServerLogin } from './connect.ts';
import type { PrimaryConnection, PrimaryResolver } from './primary-resolver.ts';
import { describeRedisFault } from './redis-fault.ts';

const MAX_HOPS = 5;
const MOVED = /^MOVED \d+ (.*):(\d+)$/;

/**
 * Finds the owner of the one slot that holds all keys. A primary that is cut off from its Cluster refuses writes
 * (cluster-node-timeout), so a write is proof enough.
 */
export function createClusterResolver(
  nodes: readonly ServerAddress[],
  anyKey: string,
  access: ServerLogin,
): PrimaryResolver {
  const where = nodes.map(formatServer).join(', ');
  return {
    where,
    async open(signal) {
      let fault: Error | undefined;
      for (const node of shuffle(nodes)) {
        if (signal.aborted) break;
        try {
          return await openOwner(node, anyKey, access, signal);
        } catch (error) {
          fault = asError(error);
        }
      }
      throw fault ?? new StoreUnavailable(`Redis at ${where}: it was given up`);
    },
    confirms: () => true,
    onMove: () => () => undefined,
    close: () => undefined,
  };
}

/** Asks for a key, and follows redirections. */
async function openOwner(
  seed: ServerAddress,
  key: string,
  access: ServerLogin,
  signal: AbortSignal,
): Promise<PrimaryConnection> {
  let address = seed;
  for (let hop = 0; hop < MAX_HOPS; hop++) {
    const redis = await connect(address, access, signal);
    const next = await ownerOf(key, address, redis, access).catch((error: unknown) => {
      redis.disconnect();
      throw error;
    });
    if (next === undefined) return { redis, address };
    redis.disconnect();
    address = next;
  }
  throw new StoreUnavailable(
    `Redis at ${formatServer(seed)}: its Cluster does not agree on who holds ${key}`,
  );
}

async function ownerOf(
  key: string,
  asked: ServerAddress,
  redis: Redis,
  { connectTimeout }: ServerLogin,
): Promise<ServerAddress | undefined> {
  try {
    await withDeadline(redis.exists(key), connectTimeout);
    return undefined;
  } catch (error) {
    const [, host, port] = (error instanceof Error && MOVED.exec(error.message)) || [];
    if (port === undefined) throw describeRedisFault(error, formatServer(asked));
    // An empty host means that of the node that answered.
    return { host: host || asked.host, port: Number(port) };
  }
}

function shuffle<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, place: Math.random() }))
    .sort((one, other) => one.place - other.place)
    .map(({ item }) => item);
}
