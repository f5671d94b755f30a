import { BlockList, isIP, isIPv6 } from 'node:net';

/** Where a server listens. */
export type Address =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

export const ADDRESS_EXPECTED =
  'expected an address: 127.0.0.1:9191, [::1]:9191, localhost:9191 or unix:/run/sallyport.sock (the host an IP address or localhost)';

/** The kernel's limit for the path of a Unix socket, less its closing NUL; it cuts a longer one without an error. */
export const MAX_SOCKET_PATH = 107;
const TCP = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/;

/** The address; undefined for other text. */
export function parseAddress(text: string): Address | undefined {
  if (text.startsWith('unix:')) return parseSocket(text.slice('unix:'.length));
  const [, bracketed, plain, digits] = TCP.exec(text) ?? [];
  const port = Number(digits);
  if (!(port <= 65_535)) return undefined;
  if (bracketed !== undefined) return isIPv6(bracketed) ? { kind: 'tcp', host: bracketed, port } : undefined;
  const host = plain?.toLowerCase() ?? '';
  return host === 'localhost' || isIP(host) === 4 ? { kind: 'tcp', host, port } : undefined;
}

function parseSocket(path: string): Address | undefined {
  const fits = path.startsWith('/') && path.length > 1 && Buffer.byteLength(path) <= MAX_SOCKET_PATH;
  return fits && !/[\0\n\r]/.test(path) ? { kind: 'unix', path } : undefined;
}

/** As it is written in the configuration. */
export function formatAddress(address: Address): string {
  if (address.kind === 'unix') return `unix:${address.path}`;
  return `${isIPv6(address.host) ? `[${address.host}]` : address.host}:${address.port}`;
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Whether only this machine can reach it. */
export function isLocal(address: Address): boolean {
  if (address.kind === 'unix' || address.host === 'localhost') return true;
  return loopback.check(address.host, isIPv6(address.host) ? 'ipv6' : 'ipv4');
}
