import { type CryptoKey, compactVerify, errors } from 'jose';
import type { SigningAlgorithm } from './key-set.ts';
import type { VerifiedToken } from './verified-token.ts';

/** A token of which only the signature and the times are unchecked. */
export interface TokenCandidate {
  /** Untrusted until `key` has verified the signature. */
  readonly claimed: VerifiedToken;
  /** Follows from the key. */
  readonly alg: SigningAlgorithm | 'HS256';
  readonly key: CryptoKey | Promise<CryptoKey>;
}

/**
 * Whether `key` signed a token with `alg`. `parseCompactJws` must have accepted the token, because jose is more lenient.
 * Rejects only on a fault.
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
