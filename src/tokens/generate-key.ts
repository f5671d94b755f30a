import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose';
import type { SigningAlgorithm, SigningKeys } from './key-set.ts';

/** A private key as a JWK. */
export interface GeneratedKey extends JWK {
  /** The thumbprint (RFC 7638). */
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  readonly use: 'sig';
  /** The time of its creation, in seconds since the epoch. Named as in RFC 7519 §4.1.6. */
  readonly iat: number;
}

/** @param now milliseconds since the epoch */
export async function generateKey(alg: SigningAlgorithm, now: number): Promise<GeneratedKey> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = await exportJWK(privateKey);
  const kid = await calculateJwkThumbprint(jwk);
  // A command line would read it as an option.
  if (kid.startsWith('-')) return generateKey(alg, now);
  return { ...jwk, kid, alg, use: 'sig', iat: Math.floor(now / 1000) };
}

export function formatKeySet(keys: readonly unknown[]): string {
  return `${JSON.stringify({ keys }, null, 2)}\n`;
}

/** Creates a key pair in memory that is never stored or published. */
export async function makeThrowawayKeys(alg: SigningAlgorithm): Promise<SigningKeys> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: false });
  const kid = 'throwaway';
  return {
    signer: { kid, alg, key: privateKey },
    verification: new Map([[kid, { kid, alg, key: publicKey }]]),
    publicJwks: { keys: [] },
  };
}
