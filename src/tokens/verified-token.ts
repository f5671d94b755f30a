import type { AccountId } from '../accounts/account-id.ts';
import type { UserId } from '../accounts/user-id.ts';
import type { CredentialId } from '../credentials/credential-id.ts';

/** `native`: our JWT access token (RFC 9068). `pomerium`: a service-account JWT of Pomerium. */
export type TokenIssuance = 'native' | 'pomerium';

/** The use of a credential, which decides on the `aud` of a native token. */
export type TokenPurpose = 'mesh' | 'admin';

/** The claims of a token whose signature, issuer, audience and type are verified. */
export interface VerifiedToken {
  readonly issuance: TokenIssuance;
  /** `jti`. In Pomerium's tokens it is the account's id. */
  readonly credentialId: CredentialId;
  /** `client_id`, or `jti` in Pomerium's tokens. */
  readonly accountId: AccountId;
  /** `sub` */
  readonly userId: UserId;
  /** The key that signed it. Absent in Pomerium's tokens. */
  readonly kid?: string;
  /** `iat`, seconds since the epoch */
  readonly issuedAt: number;
  /** `nbf`, seconds since the epoch */
  readonly notBefore: number;
  /** `exp`, seconds since the epoch. Absent if the token does not expire by itself. */
  readonly expiresAt?: number;
}
