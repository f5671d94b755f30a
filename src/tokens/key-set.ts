import type { CryptoKey } from 'jose';

/** What our own tokens and assertions are signed with. The key alone decides: Ed25519 is `EdDSA`, P-256 is `ES256`. */
export type SigningAlgorithm = 'EdDSA' | 'ES256';

export interface VerificationKey {
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  /** Public, usable for `verify` alone. */
  readonly key: CryptoKey;
}

export interface SigningKey {
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  /** Private, not extractable, usable for `sign` alone. */
  readonly key: CryptoKey;
}

/** A public key as a JWKS endpoint serves it (RFC 7517); it has no private members. */
export interface PublicJwk {
  readonly kty: 'OKP' | 'EC';
  readonly crv: 'Ed25519' | 'P-256';
  readonly x: string;
  /** P-256 only. */
  readonly y?: string;
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  readonly use: 'sig';
}

export interface PublicJwks {
  readonly keys: readonly PublicJwk[];
}

/** Keys that tokens may name, by `kid`. Immutable: a change of keys is another object. */
export interface VerificationKeys {
  readonly verification: ReadonlyMap<string, VerificationKey>;
  readonly publicJwks: PublicJwks;
}

export interface SigningKeys extends VerificationKeys {
  /** The first private key of the file; the others in it still verify. */
  readonly signer: SigningKey;
}

/** Keys that may change while we run. */
export interface KeySource<Keys> {
  readonly current: Keys;
  /** Another number whenever `current` is another set of keys. */
  readonly generation: number;
}
