import { createHash, type X509Certificate } from 'node:crypto';

/** The properties of a certificate that policies match. */
export interface CertificateFacts {
  /** SHA-256 of the certificate, 64 lower-case hexadecimal digits. */
  readonly fingerprint: string;
  /** SHA-256 of its public key (SubjectPublicKeyInfo), base64. */
  readonly spkiHash: string;
  readonly sanEmails: readonly string[];
  readonly sanDns: readonly string[];
  readonly sanUris: readonly string[];
}

const known = new WeakMap<X509Certificate, CertificateFacts>();

/** Reads the facts once per certificate object. */
export function certificateFacts(certificate: X509Certificate): CertificateFacts {
  let facts = known.get(certificate);
  if (facts === undefined) {
    facts = readFacts(certificate);
    known.set(certificate, facts);
  }
  return facts;
}

function readFacts(certificate: X509Certificate): CertificateFacts {
  const names = parseSubjectAltName(certificate.subjectAltName ?? '');
  const named = (kind: string) => names.filter((name) => name.kind === kind).map((name) => name.value);
  return {
    fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    spkiHash: createHash('sha256')
      .update(certificate.publicKey.export({ type: 'spki', format: 'der' }))
      .digest('base64'),
    sanEmails: named('email'),
    sanDns: named('DNS'),
    sanUris: named('URI'),
  };
}

/**
 * Reads Node's text for the extension: `kind:value` pairs joined by commas. Node writes a value with special characters
 * as a JSON string, so one name cannot pass for two.
 */
export function parseSubjectAltName(text: string): { kind: string; value: string }[] {
  const names: { kind: string; value: string }[] = [];
  for (const [, kind = '', plain, quoted] of text.matchAll(
    /(?:^|, )([A-Za-z ]+):(?:([^",]*)|("(?:[^"\\]|\\.)*"))(?=, |$)/g,
  )) {
    const value: unknown = quoted === undefined ? plain : JSON.parse(quoted);
    if (typeof value === 'string') names.push({ kind, value });
  }
  return names;
}
