import { isIPv6 } from 'node:net';

/** Where another program listens, on whatever machine. */
export interface ServerAddress {
  /** A name, or an IP address without brackets. */
  readonly host: string;
  readonly port: number;
}

/** As it is written in the configuration: `host:6379`, or a URL where `tls` is said. */
export function formatServer({ host, port, tls }: ServerAddress & { readonly tls?: boolean }): string {
  const address = `${isIPv6(host) ? `[${host}]` : host}:${port}`;
  return tls === undefined ? address : `${tls ? 'rediss' : 'redis'}://${address}`;
}

export function sameServer(one: ServerAddress, other: ServerAddress): boolean {
  return one.host === other.host && one.port === other.port;
}
