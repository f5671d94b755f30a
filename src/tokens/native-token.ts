import { AccountId } from '../accounts/account-id.ts';
import { UserId } from '../accounts/user-id.ts';
import { CredentialId } from '../credentials/credential-id.ts';
import { BAD_CLAIMS, BAD_SIGNATURE, namesAudience, refuseAudience, refuseIssuer } from './claim-refusals.ts';
import { type CompactJws, parseClaims } from './compact-jws.ts';
import type { VerificationKey } from './key-set.ts';
import { quoteClaim, refuseToken, type TokenRefusal } from './token-refusal.ts';
import { parseTokenTimes } from './token-times.ts';
import type { TokenCandidate } from './verify-signature.ts';

export interface NativeTokenRules {
  readonly issuer: string;
  readonly audience: string;
  /** Maximum seconds from `iat` to `exp`. If set, a token without `exp` is refused. */
  readonly maxLifetime: number | undefined;
}

const WRONG_TYPE = refuseToken('its type is not at+jwt');
const TOO_LONG_LIVED = refuseToken('it lives longer than is allowed here');

/** Reads a token that names one of our keys (RFC 9068). The key decides on the algorithm. */
export function readNativeToken(
  jws: CompactJws,
  keys: ReadonlyMap<string, VerificationKey>,
  rules: NativeTokenRules,
): TokenCandidate | TokenRefusal {
  const key = chooseVerificationKey(jws, keys);
  if ('refused' in key) return key;
  if (!isAccessTokenType(jws.header.typ)) return WRONG_TYPE;
  const payload = parseClaims(jws);
  if ('refused' in payload) return payload;
  const { claims } = payload;
  if (claims.iss !== rules.issuer) return refuseIssuer(claims.iss, rules.issuer);
  if (!namesAudience(claims.aud, rules.audience)) return refuseAudience(claims.aud, rules.audience);
  const credentialId = CredentialId.parse(claims.jti);
  const accountId = AccountId.parse(claims.client_id);
  const userId = UserId.parse(claims.sub);
  const times = parseTokenTimes(claims);
  if (credentialId === undefined || accountId === undefined || userId === undefined || times === undefined)
    return BAD_CLAIMS;
  if (rules.maxLifetime !== undefined && !(lifetimeOf(times) <= rules.maxLifetime)) return TOO_LONG_LIVED;
  return {
    claimed: { issuance: 'native', credentialId, accountId, userId, kid: key.kid, ...times },
    alg: key.alg,
    key: key.key,
  };
}

/** RFC 9068 §4, RFC 7515 §4.1.9: in any letter case, with or without `application/`. */
function isAccessTokenType(typ: unknown): boolean {
  if (typ === 'at+jwt') return true;
  return typeof typ === 'string' && /^(?:application\/)?at\+jwt$/i.test(typ);
}

function lifetimeOf(times: { readonly issuedAt: number; readonly expiresAt?: number }): number {
  return times.expiresAt === undefined ? Number.POSITIVE_INFINITY : times.expiresAt - times.issuedAt;
}

/** Bytes of a signature: RFC 8032 §5.1.6 for Ed25519, RFC 7518 §3.4 for ES256. */
const SIGNATURE_LENGTH = 64;

const UNKNOWN_KEY = refuseToken('its key is not known here');
const WRONG_ALGORITHM = refuseToken('its algorithm is not that of its key');

/** The key that a token names. Refuses a token with another algorithm than that of the key. */
export function chooseVerificationKey(
  { header, signatureLength }: CompactJws,
  keys: ReadonlyMap<string, VerificationKey>,
): VerificationKey | TokenRefusal {
  const key = typeof header.kid === 'string' ? keys.get(header.kid) : undefined;
  if (key === undefined) return refuseUnknownKey(header.kid);
  if (header.alg !== key.alg) return WRONG_ALGORITHM;
  return signatureLength === SIGNATURE_LENGTH ? key : BAD_SIGNATURE;
}

function refuseUnknownKey(kid: unknown): TokenRefusal {
  return {
    ...UNKNOWN_KEY,
    hint: `no key has the kid ${quoteClaim(kid)}: if it signs credentials of this mesh, its public half belongs in keys.verification; if it was removed, rotate the credential`,
  };
}
