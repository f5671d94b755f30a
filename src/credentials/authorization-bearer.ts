import { type CredentialClaim, claimOneToken } from './credential-claim.ts';

const SCHEME = /^\s*bearer\s+pomerium-/i;

/** Scheme 3, `Authorization: Bearer Pomerium-<jwt>`, in any letter case: for clients that can only send Bearer. */
export function readAuthorizationBearer(value: string): CredentialClaim | undefined {
  const scheme = SCHEME.exec(value);
  return scheme ? claimOneToken(value.slice(scheme[0].length)) : undefined;
}
