import { withDeadline } from '../deadline.ts';
import { formatServer } from '../server-address.ts';
import type { PrimaryConnection, PrimaryResolver } from './primary-resolver.ts';
import { describeRedisFault } from './redis-fault.ts';
import { checkServer, parseInfo, type ServerInfo } from './server-info.ts';

/** A connection to a primary that may hold a store. */
export interface VerifiedPrimary extends PrimaryConnection {
  readonly info: ServerInfo;
}

/** Attempts to reach the servers of a Cluster end after so many connection timeouts. */
const MAX_TIMEOUTS = 10;

/**
 * Opens and checks a new connection to the primary. Rejects with `StoreUnavailable`, and with
 * `StoreFormatError` for a server that must not hold a store.
 * @param timeout milliseconds for its answer
 */
export async function openPrimary(
  resolver: PrimaryResolver,
  timeout: number,
  signal: AbortSignal,
): Promise<VerifiedPrimary> {
  const connection = await resolver.open(
    AbortSignal.any([signal, AbortSignal.timeout(MAX_TIMEOUTS * timeout)]),
  );
  const { redis, address } = connection;
  const where = formatServer(address);
  try {
    const info = parseInfo(await withDeadline(redis.info(), timeout));
    checkServer(info, where);
    return { ...connection, info };
  } catch (error) {
    redis.disconnect();
    throw describeRedisFault(error, where);
  }
}
