import { X509Certificate } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { ClientCertificate } from './policy-input.ts';

const NONE: ClientCertificate = Object.freeze({ presented: false, valid: false, leaf: undefined });
const UNREADABLE: ClientCertificate = Object.freeze({ presented: true, valid: false, leaf: undefined });
const MAX_PEM = 64 * 1024;
const MAX_CHAIN = 8;

/** Reads the certificate that Envoy's client presented. */
export type ReadClientCertificate = (encodedPem: string | undefined, now: number) => ClientCertificate;

interface Known {
  readonly leaf: X509Certificate;
  /** Milliseconds since the epoch between which the whole chain holds; nothing where there is no chain. */
  readonly validFrom: number;
  readonly validTo: number;
}

/**
 * Makes the reader. Envoy hands over the leaf alone, so the bundle must hold every CA between it and a root.
 * @param bundle PEM of the trusted CAs; undefined where none is configured, and no certificate is valid
 */
export function createClientCertificateReader(
  bundle: string | undefined,
  max = 10_000,
): ReadClientCertificate {
  const authorities = bundle === undefined ? [] : parseBundle(bundle);
  const known = new LRUCache<string, Known | 'unreadable'>({ max });
  return (encodedPem, now) => {
    if (encodedPem === undefined) return NONE;
    const entry = known.get(encodedPem) ?? read(encodedPem, authorities);
    known.set(encodedPem, entry);
    if (entry === 'unreadable') return UNREADABLE;
    return { presented: true, valid: now >= entry.validFrom && now <= entry.validTo, leaf: entry.leaf };
  };
}

/** The certificates of a PEM bundle. Throws where there is none, or one that can't be read. */
export function parseBundle(bundle: string): X509Certificate[] {
  const blocks = bundle.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) throw new Error('expected PEM certificates');
  return blocks.map((block) => new X509Certificate(block));
}

function read(encodedPem: string, authorities: readonly X509Certificate[]): Known | 'unreadable' {
  try {
    if (encodedPem.length > MAX_PEM) return 'unreadable';
    const leaf = new X509Certificate(decodeURIComponent(encodedPem));
    const chain = findChain(leaf, authorities);
    if (!chain) return { leaf, validFrom: Infinity, validTo: -Infinity };
    const validFrom = Math.max(...chain.map((certificate) => Date.parse(certificate.validFrom)));
    const validTo = Math.min(...chain.map((certificate) => Date.parse(certificate.validTo)));
    return { leaf, validFrom, validTo };
  } catch {
    return 'unreadable';
  }
}

/** From the leaf up to a certificate that signed itself; undefined where none of the trusted ones vouches for it. */
function findChain(
  leaf: X509Certificate,
  authorities: readonly X509Certificate[],
): X509Certificate[] | undefined {
  const chain = [leaf];
  for (let current = leaf; chain.length <= MAX_CHAIN; ) {
    const issuer = authorities.find(
      (authority) => authority.ca && current.checkIssued(authority) && current.verify(authority.publicKey),
    );
    if (!issuer) return chain.length > 1 ? chain : undefined;
    if (issuer.fingerprint256 === current.fingerprint256) return chain;
    chain.push(issuer);
    current = issuer;
  }
  return undefined;
}
