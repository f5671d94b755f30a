import { AccountId } from './account-id.ts';
import { BAD_CLAIMS, BAD_SIGNATURE, WRONG_AUDIENCE, WRONG_ISSUER } from './claim-refusals.ts';
import type { CompactJws } from './compact-jws.ts';
import { CredentialId } from './credential-id.ts';
import type { VerificationKey } from './key-set.ts';
import { namesAudience } from './token-audience.ts';
import type { TokenCandidate } from './token-candidate.ts';
import { refuseToken, type TokenRefusal } from './token-refusal.ts';
import { parseTokenTimes } from './token-times.ts';
import { UserId } from './user-id.ts';

export interface NativeTokenRules {
  readonly issuer: string;
  readonly audience: string;
  /** Seconds from `iat` to `exp` at most; where set, a token without `exp` does not count. */
  readonly maxLifetime: number | undefined;
}

/** Bytes of a signature: RFC 8032 §5.1.6 for Ed25519, RFC 7518 §3.4 for ES256. */
const SIGNATURE_LENGTH = 64;

const UNKNOWN_KEY = refuseToken('its key is not known here');
const WRONG_ALGORITHM = refuseToken('its algorithm is not that of its key');
const WRONG_TYPE = refuseToken('its type is not at+jwt');
const TOO_LONG_LIVED = refuseToken('it lives longer than is allowed here');

/** A token that names one of our keys, read as RFC 9068 says; the key decides on the algorithm. */
export function readNativeToken(
  { header, claims, signatureLength }: CompactJws,
  keys: ReadonlyMap<string, VerificationKey>,
  rules: NativeTokenRules,
): TokenCandidate | TokenRefusal {
  const key = typeof header.kid === 'string' ? keys.get(header.kid) : undefined;
  if (key === undefined) return UNKNOWN_KEY;
  if (header.alg !== key.alg) return WRONG_ALGORITHM;
  if (!isAccessTokenType(header.typ)) return WRONG_TYPE;
  if (signatureLength !== SIGNATURE_LENGTH) return BAD_SIGNATURE;
  if (claims.iss !== rules.issuer) return WRONG_ISSUER;
  if (!namesAudience(claims.aud, rules.audience)) return WRONG_AUDIENCE;
  const credentialId = CredentialId.parse(claims.jti);
  const accountId = AccountId.parse(claims.client_id);
  const userId = UserId.parse(claims.sub);
  const times = parseTokenTimes(claims);
  if (credentialId === undefined || accountId === undefined || userId === undefined || times === undefined)
    return BAD_CLAIMS;
  if (rules.maxLifetime !== undefined && !(lifetimeOf(times) <= rules.maxLifetime)) return TOO_LONG_LIVED;
  return {
    claimed: { issuance: 'native', credentialId, accountId, userId, ...times },
    alg: key.alg,
    key: key.key,
  };
}

/** RFC 9068 §4, RFC 7515 §4.1.9: any letter case, with or without `application/`. */
function isAccessTokenType(typ: unknown): boolean {
  if (typ === 'at+jwt') return true;
  return typeof typ === 'string' && /^(?:application\/)?at\+jwt$/i.test(typ);
}

function lifetimeOf(times: { readonly issuedAt: number; readonly expiresAt?: number }): number {
  return times.expiresAt === undefined ? Number.POSITIVE_INFINITY : times.expiresAt - times.issuedAt;
}
