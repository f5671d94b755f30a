import { quoteClaim, refuseToken, type TokenRefusal } from './token-refusal.ts';

/** Refusals that all kinds of tokens share. None tells the caller what would be accepted. */
export const BAD_SIGNATURE = refuseToken('its signature does not verify');
export const BAD_CLAIMS = refuseToken('a claim that it needs is missing or malformed');

const WRONG_ISSUER = refuseToken('its issuer is not the one expected here');
const WRONG_AUDIENCE = refuseToken('its audience is not the one expected here');

export function refuseIssuer(iss: unknown, expected: string): TokenRefusal {
  return { ...WRONG_ISSUER, hint: `iss is ${quoteClaim(iss)}, and "issuer" is ${quoteClaim(expected)}` };
}

export function refuseAudience(aud: unknown, expected: string): TokenRefusal {
  return { ...WRONG_AUDIENCE, hint: `aud is ${quoteClaim(aud)}, expected ${quoteClaim(expected)}` };
}

/** RFC 7519 §4.1.3 allows a list of one audience. A token for several audiences is refused. */
export function namesAudience(aud: unknown, audience: string): boolean {
  return aud === audience || (Array.isArray(aud) && aud.length === 1 && aud[0] === audience);
}
