/** Where the server listens. Plaintext TCP is for loopback; the configuration sees to that. */
export type ListenAddress = TcpAddress | UnixAddress;

export interface TcpAddress {
  readonly kind: 'tcp';
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly tls?: ServerTls;
}

export interface UnixAddress {
  readonly kind: 'unix';
  readonly path: string;
  /** Who may connect; 0660 where it is not said. */
  readonly mode?: number;
}

/** PEM */
export interface ServerTls {
  readonly cert: Buffer;
  readonly key: Buffer;
  /** Turns mTLS on: a client must show a certificate that these sign. */
  readonly clientCa?: Buffer;
  /** DNS or URI names, one of which the client's certificate must carry. Absent: whoever `clientCa` signed. */
  readonly allowedClientNames?: readonly string[];
}

/** As gRPC names it, and as the configuration does. */
export function formatListenAddress(address: ListenAddress): string {
  if (address.kind === 'unix') return `unix:${address.path}`;
  return `${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`;
}
