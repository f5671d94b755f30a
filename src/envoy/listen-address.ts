import type { ServerTlsMaterial } from '../files/tls-files.ts';
import type { Watched } from '../files/watch-files.ts';
import type { Address } from '../sockets/address.ts';

/** Where the server listens. Plaintext TCP is for loopback; the configuration sees to that. */
export type ListenAddress =
  | (Extract<Address, { kind: 'tcp' }> & { readonly tls?: ServerTls })
  // `mode` says who may connect. Default 0660.
  | (Extract<Address, { kind: 'unix' }> & { readonly mode?: number });

export interface ServerTls {
  /** With a CA, a client must show a certificate that it signed. Other material is for the connections that come after it. */
  readonly material: Watched<ServerTlsMaterial>;
  /** DNS or URI names, one of which the client's certificate must carry. Absent: any certificate that the CA signed. */
  readonly allowedClientNames?: readonly string[];
}
