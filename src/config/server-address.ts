import { isIPv6 } from 'node:net';
import { formatAddress } from '../sockets/address.ts';

/** Where another program listens, on whatever machine. */
export interface ServerAddress {
  /** A name, or an IP address without brackets. */
  readonly host: string;
  readonly port: number;
}

export const SERVER_EXPECTED =
  'expected a host and a port: redis.example.com:6379, 10.0.0.7:6379 or [fd00::7]:6379';
export const URL_EXPECTED =
  'expected redis://host:6379 or rediss://host:6379, without user, password, path and query: these have settings of their own';

const SERVER = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9](?:[A-Za-z0-9._-]{0,252})))(?::(\d{1,5}))?$/;
const DEFAULT_PORT = 6379;

/** The address, or undefined where the text is none. */
export function parseServer(value: string, defaultPort?: number): ServerAddress | undefined {
  const [, bracketed, name, digits] = SERVER.exec(value) ?? [];
  const host = bracketed === undefined ? name : isIPv6(bracketed) ? bracketed : undefined;
  const port = digits === undefined ? defaultPort : Number(digits);
  return host !== undefined && port !== undefined && port >= 1 && port <= 65_535 ? { host, port } : undefined;
}

/** The address in `redis://…`, and whether the URL asks for TLS. */
export function parseServerUrl(value: string): (ServerAddress & { readonly tls: boolean }) | undefined {
  const [, scheme, rest = ''] = /^(rediss?):\/\/([^/]*)\/?$/.exec(value) ?? [];
  const server = scheme === undefined ? undefined : parseServer(rest, DEFAULT_PORT);
  return server && { ...server, tls: scheme === 'rediss' };
}

/** As it is written in the configuration. */
export function formatServer({ host, port, tls }: ServerAddress & { readonly tls?: boolean }): string {
  const address = formatAddress({ kind: 'tcp', host, port });
  return tls === undefined ? address : `${tls ? 'rediss' : 'redis'}://${address}`;
}
