import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readBoundedFile } from './read-bounded-file.ts';

const MAX_PEM = 1024 * 1024;
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;
const BEGIN = /-----BEGIN CERTIFICATE/g;

/** A file without the expected content. The message names it and quotes nothing of it. */
export class PemFileError extends Error {
  override readonly name = 'PemFileError';
}

/** The bytes of the files of one TLS endpoint, which fit together. */
export interface PemPair {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** Reads one or more complete PEM certificates. Throws `PemFileError`. */
export function readCertificates(file: string): { readonly pem: Buffer; readonly first: X509Certificate } {
  const pem = readPem(file);
  try {
    // What is around the certificates may be in any encoding.
    const text = pem.toString('latin1');
    const all = (text.match(CERTIFICATE) ?? []).map((block) => new X509Certificate(block));
    const [first] = all;
    // A file that is cut off within a certificate would pass for one with fewer of them.
    if (first && text.match(BEGIN)?.length === all.length) return { pem, first };
  } catch {
    // Reported below, as for a file without certificates.
  }
  throw new PemFileError(`expected PEM certificates in ${file}`);
}

/** Throws `PemFileError`. */
export function readPrivateKey(file: string): { readonly pem: Buffer; readonly key: KeyObject } {
  const pem = readPem(file);
  try {
    return { pem, key: createPrivateKey(pem) };
  } catch {
    throw new PemFileError(`expected a PEM private key without passphrase in ${file}`);
  }
}

/** A certificate and the key that belongs to it. Throws `PemFileError`. */
export function readPemPair(certFile: string, keyFile: string): PemPair {
  const cert = readCertificates(certFile);
  const key = readPrivateKey(keyFile);
  checkBelongs(cert.first, certFile, key.key, keyFile);
  return { cert: cert.pem, key: key.pem };
}

/** Throws `PemFileError` for the key of another certificate. */
export function checkBelongs(
  certificate: X509Certificate,
  certFile: string,
  key: KeyObject,
  keyFile: string,
): void {
  if (!certificate.checkPrivateKey(key))
    throw new PemFileError(`expected the key of ${certFile}: ${keyFile} is another's`);
}

function readPem(file: string): Buffer {
  const content = readBoundedFile(file, MAX_PEM);
  if (Buffer.isBuffer(content)) return content;
  throw new PemFileError(`expected a file that can be read: ${file}: ${content.problem}`);
}
