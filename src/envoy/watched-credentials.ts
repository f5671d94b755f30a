import type { SecureContextOptions } from 'node:tls';
import { ServerCredentials } from '@grpc/grpc-js';
import type { ServerTlsMaterial } from '../files/tls-files.ts';
import type { Watched } from '../files/watch-files.ts';

/**
 * TLS of a gRPC server whose certificate, key and CA are replaced together for the connections to come; those that are open stay.
 * grpc-js has providers of its own for this (`createCertificateProviderServerCredentials`), which replace the CA apart from the
 * certificate, and refuse connections until both have come.
 */
export class WatchedCredentials extends ServerCredentials {
  constructor(material: Watched<ServerTlsMaterial>) {
    super({ requestCert: material.current.ca !== undefined }, contextOf(material.current));
    material.onChange((next) => this.updateSecureContextOptions(contextOf(next)));
  }

  override _equals(other: ServerCredentials): boolean {
    return this === other;
  }
}

function contextOf({ pair, ca }: ServerTlsMaterial): SecureContextOptions {
  return { ...pair, ...(ca && { ca }) };
}
