import { createSecureContext } from 'node:tls';
import { PemFileError, type PemPair, readCertificates, readPemPair } from './pem-files.ts';

/** Absolute paths of the PEM files of one TLS endpoint. */
export interface TlsFiles {
  /** The certificate and its key: both or neither. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** Certificates of the authorities that sign those of the other side. */
  readonly ca?: string | undefined;
}

/** PEM bytes of one TLS endpoint, which fit together. */
export interface TlsMaterial {
  readonly pair: PemPair | undefined;
  readonly ca: Buffer | undefined;
}

/** The same of a server, which has a certificate. */
export interface ServerTlsMaterial extends TlsMaterial {
  readonly pair: PemPair;
}

/** Reads the files and checks that OpenSSL takes them together. Throws `PemFileError`. */
export function readTlsFiles({ cert, key, ca }: TlsFiles): TlsMaterial {
  const material = {
    pair: cert === undefined || key === undefined ? undefined : readPemPair(cert, key),
    ca: ca === undefined ? undefined : readCertificates(ca).pem,
  };
  try {
    createSecureContext({ ...material.pair, ...(material.ca && { ca: material.ca }) });
  } catch (error) {
    const names = [cert, key, ca].filter((name) => name !== undefined).join(', ');
    throw new PemFileError(
      `expected files that TLS can be spoken with: ${names}: ${error instanceof Error ? error.message : 'refused'}`,
    );
  }
  return material;
}

/** The same for a server. Throws `PemFileError`. */
export function readServerTlsFiles(files: TlsFiles & { cert: string; key: string }): ServerTlsMaterial {
  const { pair, ca } = readTlsFiles(files);
  if (!pair) throw new PemFileError(`expected a certificate and a key in ${files.cert} and ${files.key}`);
  return { pair, ca };
}

export function tlsPaths({ cert, key, ca }: TlsFiles): string[] {
  return [cert, key, ca].filter((path) => path !== undefined);
}
