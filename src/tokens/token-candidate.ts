import type { CryptoKey } from 'jose';
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
