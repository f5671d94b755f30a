import { X509Certificate } from 'node:crypto';
import { readCertificateStructure } from './certificate-extensions.ts';

/** In milliseconds since the epoch. Both ends are included. */
export interface ValidTimes {
  readonly from: number;
  readonly to: number;
}

const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';
const ANY_USE = '2.5.29.37.0';

/** Critical extensions that this file or OpenSSL checks: basicConstraints, keyUsage, extKeyUsage, subjectAltName. */
const UNDERSTOOD: ReadonlySet<string> = new Set(['551d13', '551d0f', '551d25', '551d11']);
const NAME_CONSTRAINTS = '551d1e';

/** RSA, ECDSA and DSA signatures over MD2, MD5 and SHA-1, which can be forged. */
const BROKEN_SIGNATURES: ReadonlySet<string> = new Set([
  '2a864886f70d010102',
  '2a864886f70d010104',
  '2a864886f70d010105',
  '2a8648ce3d0401',
  '2a8648ce380403',
]);

/**
 * The CAs for client certificates. Like Pomerium, trusts each certificate of the bundle, self-signed or not, and also a
 * client's own certificate in it. Envoy passes only the leaf, so the bundle must include intermediate CAs.
 */
export class ClientAuthorities {
  readonly #certificates: readonly X509Certificate[];

  /** @param bundle PEM. Throws if it holds no certificate, or one with constraints that cannot be enforced. */
  constructor(bundle: string) {
    const blocks = bundle.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
    if (blocks.length === 0) throw new Error('client_ca: expected PEM certificates');
    this.#certificates = blocks.map((block) => new X509Certificate(block));
    for (const certificate of this.#certificates) refuseUnknownLimits(certificate);
  }

  /** When the certificate is valid: one span for each CA that issued it. */
  timesOf(leaf: X509Certificate): ValidTimes[] {
    const { signatureAlgorithm, extensions } = readCertificateStructure(leaf.raw);
    if (extensions.some(({ id, critical }) => critical && !UNDERSTOOD.has(id)) || !mayBeClient(leaf))
      return [];
    const times: ValidTimes[] = [];
    for (const authority of this.#certificates) {
      if (authority.fingerprint256 === leaf.fingerprint256) times.push(timesOf(leaf));
      else if (!BROKEN_SIGNATURES.has(signatureAlgorithm) && vouchesFor(authority, leaf))
        times.push(overlap(timesOf(leaf), timesOf(authority)));
    }
    return times;
  }
}

function vouchesFor(authority: X509Certificate, leaf: X509Certificate): boolean {
  return (
    authority.ca && mayBeClient(authority) && leaf.checkIssued(authority) && leaf.verify(authority.publicKey)
  );
}

/** The extended key usage of a CA also limits the certificates that it signs. */
function mayBeClient(certificate: X509Certificate): boolean {
  // Node returns the extended key usages. Without any, every use is allowed.
  const uses: readonly string[] | undefined = certificate.keyUsage;
  return uses === undefined || uses.includes(CLIENT_AUTH) || uses.includes(ANY_USE);
}

function refuseUnknownLimits(certificate: X509Certificate): void {
  for (const { id, critical } of readCertificateStructure(certificate.raw).extensions) {
    const name = certificate.subject.replaceAll('\n', ', ');
    if (id === NAME_CONSTRAINTS)
      throw new Error(`client_ca: ${name} has name constraints, which Sallyport does not support`);
    if (critical && !UNDERSTOOD.has(id))
      throw new Error(`client_ca: ${name} has an unsupported critical extension (${id})`);
  }
}

function timesOf({ validFrom, validTo }: X509Certificate): ValidTimes {
  return { from: Date.parse(validFrom), to: Date.parse(validTo) };
}

function overlap(one: ValidTimes, other: ValidTimes): ValidTimes {
  return { from: Math.max(one.from, other.from), to: Math.min(one.to, other.to) };
}
