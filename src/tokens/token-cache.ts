import { LRUCache } from 'lru-cache';
import type { TokenRefusal } from './token-refusal.ts';
import type { VerifiedToken } from './verified-token.ts';

export interface TokenCacheOptions {
  /** The most tokens with a valid signature. */
  readonly verified: number;
  /** The most tokens that were refused after their signature was checked. */
  readonly refused: number;
}

/**
 * Results of verification by the token's SHA-256, for one set of keys. Refused tokens have a cache of their own, so that
 * many of them cannot evict valid tokens.
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

  /** Forgets everything if the keys changed. */
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

  /** Remembers an invalid signature or an expired token, so that its signature is not checked again. */
  addRefused(digest: string, known: VerifiedToken | TokenRefusal): void {
    this.#verified.delete(digest);
    this.#refused.set(digest, known);
  }
}
