import type { JsonObject } from './compact-jws.ts';
import { refuseToken, type TokenRefusal } from './token-refusal.ts';
import type { VerifiedToken } from './verified-token.ts';

export interface TokenTimes {
  readonly issuedAt: number;
  readonly notBefore: number;
  readonly expiresAt?: number;
}

/** The last second that a Date can hold. A refusal could not format a later time. */
const LAST_SECOND = 8_640_000_000_000;

/** Reads `iat`, `nbf` and `exp`, of which the last two are optional (RFC 7519 §4.1). Undefined if one is not a NumericDate. */
export function parseTokenTimes({ iat, nbf = iat, exp }: JsonObject): TokenTimes | undefined {
  if (!isNumericDate(iat) || !isNumericDate(nbf)) return undefined;
  if (exp === undefined) return { issuedAt: iat, notBefore: nbf };
  return isNumericDate(exp) ? { issuedAt: iat, notBefore: nbf, expiresAt: exp } : undefined;
}

function isNumericDate(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= LAST_SECOND;
}

/**
 * Refuses a token before `nbf` or `iat`, and from `exp`. `now` in milliseconds since the epoch, `tolerance` in
 * milliseconds for clock differences.
 */
export function refuseUntimely(
  token: VerifiedToken,
  now: number,
  tolerance: number,
): TokenRefusal | undefined {
  // Negated, so that NaN is refused.
  if (token.expiresAt !== undefined && !(now < token.expiresAt * 1000 + tolerance))
    return refuseToken(`it expired at ${formatSecond(token.expiresAt)}`, 'token-expired');
  const from = Math.max(token.notBefore, token.issuedAt);
  if (!(now >= from * 1000 - tolerance))
    return refuseToken(`it is not valid before ${formatSecond(from)}`, 'token-not-yet-valid');
  return undefined;
}

function formatSecond(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}
