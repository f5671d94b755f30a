import type { AccountId } from '../accounts/account-id.ts';
import type { UserId } from '../accounts/user-id.ts';
import type { CredentialId } from '../credentials/credential-id.ts';

/** Who signed a token and by which rules: ours (RFC 9068), or Pomerium's own service-account JWT. */
export type TokenIssuance = 'native' | 'pomerium';

/** Where a credential may be used; the `aud` of a native token. */
export type TokenPurpose = 'mesh' | 'admin';

/** The claims of a token whose signature, issuer, audience and type have been checked. */
export interface VerifiedToken {
  readonly issuance: TokenIssuance;
  /** `jti`. In Pomerium's tokens the same as the account's id. */
  readonly credentialId: CredentialId;
  /** `client_id`, or `jti` in Pomerium's tokens. */
  readonly accountId: AccountId;
  /** `sub` */
  readonly userId: UserId;
  /** The key that signed it; absent of Pomerium's. */
  readonly kid?: string;
  /** `iat`, seconds since the epoch */
  readonly issuedAt: number;
  /** `nbf`, seconds since the epoch */
  readonly notBefore: number;
  /** `exp`, seconds since the epoch; absent if the token does not expire by itself */
  readonly expiresAt?: number;
}
