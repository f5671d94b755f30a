import { type CryptoKey, compactVerify, errors } from 'jose';
import type { SigningAlgorithm } from './key-set.ts';
import type { VerifiedToken } from './verified-token.ts';

/** A token that lacks only the check of its signature, and then of its times. */
export interface TokenCandidate {
  /** What it says; to be believed only once `key` has verified it. */
  readonly claimed: VerifiedToken;
  /** Follows from the key. */
  readonly alg: SigningAlgorithm | 'HS256';
  readonly key: CryptoKey | Promise<CryptoKey>;
}

/**
 * Whether `key` signed a token that `parseCompactJws` takes (jose is more lenient about its form), with `alg` and nothing
 * else. Only a fault rejects.
 */
export async function verifySignature(
  token: string,
  { key, alg }: Pick<TokenCandidate, 'key' | 'alg'>,
): Promise<boolean> {
  try {
    await compactVerify(token, await key, { algorithms: [alg] });
    return true;
  } catch (error) {
    if (error instanceof errors.JOSEError) return false;
    throw error;
  }
}
