import { isIPv6 } from 'node:net';
import type { ServerAddress } from './redis-store-options.ts';

/** As people write it. */
export function formatServer({ host, port }: ServerAddress): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

export function sameServer(one: ServerAddress, other: ServerAddress): boolean {
  return one.host === other.host && one.port === other.port;
}
