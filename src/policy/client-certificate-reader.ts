import { hash, X509Certificate } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { certificateFacts } from './certificate-facts.ts';
import { ClientAuthorities, type ValidTimes } from './client-authorities.ts';
import { MAX_CERTIFICATE_NAMES } from './criterion-cost.ts';
import type { ClientCertificate } from './policy-input.ts';

const NONE: ClientCertificate = Object.freeze({ presented: false, valid: false, leaf: undefined });
const UNREADABLE: ClientCertificate = Object.freeze({ presented: true, valid: false, leaf: undefined });

/** UTF-16 units of URL-encoded PEM, ten times the usual size. */
const MAX_PEM = 32 * 1024;

/** Reads the certificate that the client presented to Envoy. @param now milliseconds since the epoch */
export type ReadClientCertificate = (encodedPem: string | undefined, now: number) => ClientCertificate;

interface KnownCertificate {
  readonly valid: ClientCertificate;
  readonly invalid: ClientCertificate;
  readonly times: readonly ValidTimes[];
}

/**
 * Creates the reader, which parses and verifies each certificate once.
 * @param bundle PEM of the trusted CAs. Undefined if none is configured: then no certificate is valid.
 * @param max certificates kept. Untrusted ones have a small cache of their own, so that they cannot evict trusted ones.
 */
export function createClientCertificateReader(bundle: string | undefined, max = 4096): ReadClientCertificate {
  const authorities = bundle === undefined ? undefined : new ClientAuthorities(bundle);
  const vouchedFor = new LRUCache<string, KnownCertificate>({ max });
  const strangers = new LRUCache<string, KnownCertificate | 'unreadable'>({ max: Math.min(max, 256) });

  const read = (key: string, encodedPem: string): KnownCertificate | 'unreadable' => {
    const certificate = readCertificate(encodedPem, authorities);
    if (certificate !== 'unreadable' && certificate.times.length > 0) vouchedFor.set(key, certificate);
    else strangers.set(key, certificate);
    return certificate;
  };

  return (encodedPem, now) => {
    if (encodedPem === undefined) return NONE;
    if (encodedPem.length > MAX_PEM) return UNREADABLE;
    const key = hash('sha256', encodedPem, 'base64');
    const known = vouchedFor.get(key) ?? strangers.get(key) ?? read(key, encodedPem);
    if (known === 'unreadable') return UNREADABLE;
    return known.times.some(({ from, to }) => now >= from && now <= to) ? known.valid : known.invalid;
  };
}

function countNames(leaf: X509Certificate): number {
  const { sanEmails, sanDns, sanUris } = certificateFacts(leaf);
  return sanEmails.length + sanDns.length + sanUris.length;
}

function readCertificate(
  encodedPem: string,
  authorities: ClientAuthorities | undefined,
): KnownCertificate | 'unreadable' {
  try {
    const leaf = new X509Certificate(decodeURIComponent(encodedPem));
    // Policies may compare each name.
    if (countNames(leaf) > MAX_CERTIFICATE_NAMES) return 'unreadable';
    return {
      valid: { presented: true, valid: true, leaf },
      invalid: { presented: true, valid: false, leaf },
      times: authorities?.timesOf(leaf) ?? [],
    };
  } catch {
    // The client presented a certificate, even if OpenSSL cannot parse it.
    return 'unreadable';
  }
}
