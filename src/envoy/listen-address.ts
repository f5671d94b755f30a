import type { ServerTlsMaterial } from '../files/tls-files.ts';
import type { Watched } from '../files/watch-files.ts';

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

export interface ServerTls {
  /** With a CA, a client must show a certificate that it signed. Other material is for the connections that come after it. */
  readonly material: Watched<ServerTlsMaterial>;
  /** DNS or URI names, one of which the client's certificate must carry. Absent: any certificate that the CA signed. */
  readonly allowedClientNames?: readonly string[];
}
