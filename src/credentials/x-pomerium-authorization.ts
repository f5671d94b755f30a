import { type CredentialClaim, claimOneToken } from './credential-claim.ts';

/** Scheme 1, `X-Pomerium-Authorization: <jwt>`: the header is ours whatever it holds. */
export function readXPomeriumAuthorization(value: string): CredentialClaim {
  return claimOneToken(value);
}
