import { LRUCache } from 'lru-cache';
import type { TokenRefusal } from './token-refusal.ts';
import type { VerifiedToken } from './verified-token.ts';

export interface TokenCacheOptions {
  /** Tokens with a valid signature. */
  readonly verified: number;
  /** Tokens that were refused after their signature was checked. */
  readonly refused: number;
}

/**
 * What is known of tokens, by their SHA-256 and for one set of keys. Refused ones have a place of their own, so that no
 * flood of them drives out a good one.
 */
export class TokenCache {
  readonly #verified: LRUCache<string, VerifiedToken>;
  readonly #refused: LRUCache<string, VerifiedToken | TokenRefusal>;
  #generation: number;

  constructor(options: TokenCacheOptions, generation: number) {
    this.#verified = new LRUCache({ max: options.verified });
    this.#refused = new LRUCache({ max: options.refused });
    this.#generation = generation;
  }

  /** Forgets everything where the keys are no longer those that it was learned under. */
  follow(generation: number): void {
    if (generation === this.#generation) return;
    this.#generation = generation;
    this.#verified.clear();
    this.#refused.clear();
  }

  get(digest: string): VerifiedToken | TokenRefusal | undefined {
    return this.#verified.get(digest) ?? this.#refused.get(digest);
  }

  addVerified(digest: string, token: VerifiedToken): void {
    this.#verified.set(digest, token);
  }

  /** Keeps a bad signature, or an expired token, from costing a signature check again. */
  addRefused(digest: string, known: VerifiedToken | TokenRefusal): void {
    this.#verified.delete(digest);
    this.#refused.set(digest, known);
  }
}
