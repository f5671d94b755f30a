import { type CredentialClaim, claimOneToken } from './credential-claim.ts';

const SCHEME = /^\s*pomerium(?=\s|$)/i;

/** Scheme 2, `Authorization: Pomerium <jwt>`; the scheme's name in any letter case (RFC 9110 §11.1). */
export function readAuthorizationPomerium(value: string): CredentialClaim | undefined {
  const scheme = SCHEME.exec(value);
  return scheme ? claimOneToken(value.slice(scheme[0].length)) : undefined;
}
