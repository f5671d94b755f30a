import type { CryptoKey } from 'jose';

/** The algorithm of tokens and assertions. It follows from the key: `EdDSA` for Ed25519, `ES256` for P-256. */
export type SigningAlgorithm = 'EdDSA' | 'ES256';

export interface VerificationKey {
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  /** Public. Usable only for `verify`. */
  readonly key: CryptoKey;
}

export interface SigningKey {
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  /** Private and not extractable. Usable only for `sign`. */
  readonly key: CryptoKey;
}

/** A public key of a JWKS endpoint (RFC 7517). */
export interface PublicJwk {
  readonly kty: 'OKP' | 'EC';
  readonly crv: 'Ed25519' | 'P-256';
  readonly x: string;
  /** Only for P-256. */
  readonly y?: string;
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  readonly use: 'sig';
}

export interface PublicJwks {
  readonly keys: readonly PublicJwk[];
}

/** Verification keys by `kid`. Immutable: a change of keys creates another object. */
export interface VerificationKeys {
  readonly verification: ReadonlyMap<string, VerificationKey>;
  readonly publicJwks: PublicJwks;
}

export interface SigningKeys extends VerificationKeys {
  /** The first private key of the file. The others only verify. */
  readonly signer: SigningKey;
}

/** Keys that may change while the process runs. */
export interface KeySource<Keys> {
  readonly current: Keys;
  /** Changes with `current`. */
  readonly generation: number;
}
