import { isIP } from 'node:net';
import { isLocal, parseAddress } from '../sockets/address.ts';

/** Where an admin API answers. */
export interface ServerUrl {
  /** One text for one server, as it is shown and kept. */
  readonly text: string;
  readonly at: ServerPlace;
}

export type ServerPlace =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly tls: boolean };

export const SERVER_EXPECTED =
  'expected https://host[:port], unix:/path/to/admin.sock, or http:// for a loopback address';

/** Undefined for any other text: with a path, user or query, or plaintext to another machine. */
export function parseServerUrl(text: string): ServerUrl | undefined {
  if (text.startsWith('unix:')) {
    const address = parseAddress(text);
    return address?.kind === 'unix' ? { text, at: address } : undefined;
  }
  if (!/^https?:\/\/[^/?#@\\\s]+\/?$/i.test(text) || !URL.canParse(text)) return undefined;
  const { protocol, hostname, port, host } = new URL(text);
  const tls = protocol === 'https:';
  const at = {
    kind: 'tcp',
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? (tls ? 443 : 80) : Number(port),
    tls,
  } as const;
  // A host name may resolve to another machine.
  if (!tls && !isLoopback(at.host, at.port)) return undefined;
  return { text: `${protocol}//${host}`, at };
}

function isLoopback(host: string, port: number): boolean {
  return host === 'localhost' || (isIP(host) !== 0 && isLocal({ kind: 'tcp', host, port }));
}
