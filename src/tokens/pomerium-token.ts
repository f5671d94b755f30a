import { webcrypto } from 'node:crypto';
import type { CryptoKey } from 'jose';
import { AccountId } from '../accounts/account-id.ts';
import { UserId } from '../accounts/user-id.ts';
import { CredentialId } from '../credentials/credential-id.ts';
import { BAD_CLAIMS, BAD_SIGNATURE, namesAudience, refuseAudience, refuseIssuer } from './claim-refusals.ts';
import { type CompactJws, parseClaims } from './compact-jws.ts';
import { refuseToken, type TokenRefusal } from './token-refusal.ts';
import { parseTokenTimes } from './token-times.ts';
import type { TokenCandidate } from './verify-signature.ts';

export interface PomeriumTokenRules {
  readonly key: Promise<CryptoKey>;
  /** Milliseconds since the epoch, or Infinity. */
  readonly acceptUntil: number;
  readonly issuer: string;
  readonly audience: string;
}

/** Bytes, as Pomerium's `shared_secret` must have. */
const SECRET_LENGTH = 32;
const SIGNATURE_LENGTH = 32;

const NO_KEY = refuseToken('it names no key');
const NO_LONGER = refuseToken('tokens made by Pomerium are no longer accepted here');
const WRONG_ALGORITHM = refuseToken('its algorithm is not the one expected of a token that names no key');
const WRONG_TYPE = refuseToken('its type is not the one expected of a token that names no key');

/** Imports the shared secret as a key for HMAC verification. Throws a RangeError if it does not have 32 bytes. */
export function importSharedSecret(secret: Uint8Array): Promise<CryptoKey> {
  if (secret.length !== SECRET_LENGTH)
    throw new RangeError(`Pomerium's shared secret must have ${SECRET_LENGTH} bytes`);
  return webcrypto.subtle.importKey(
    'raw',
    Uint8Array.from(secret),
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['verify'],
  );
}

/** Reads a token that names no key, which only Pomerium's own tokens may do. */
export function readPomeriumToken(
  jws: CompactJws,
  rules: PomeriumTokenRules | undefined,
  now: number,
): TokenCandidate | TokenRefusal {
  if (rules === undefined) return NO_KEY;
  const ended = refusePomeriumAfter(rules.acceptUntil, now);
  if (ended !== undefined) return ended;
  const { alg, typ } = jws.header;
  if (alg !== 'HS256') return WRONG_ALGORITHM;
  if (typ !== undefined && typ !== 'JWT') return WRONG_TYPE;
  if (jws.signatureLength !== SIGNATURE_LENGTH) return BAD_SIGNATURE;
  const payload = parseClaims(jws);
  if ('refused' in payload) return payload;
  const { claims } = payload;
  // Pomerium's own tokens have neither claim. Other JWTs under the same secret may have them and be for someone else.
  if (claims.iss !== undefined && claims.iss !== rules.issuer) return refuseIssuer(claims.iss, rules.issuer);
  if (claims.aud !== undefined && !namesAudience(claims.aud, rules.audience))
    return refuseAudience(claims.aud, rules.audience);
  const credentialId = CredentialId.parse(claims.jti);
  const accountId = AccountId.parse(claims.jti);
  const userId = UserId.parse(claims.sub);
  const times = parseTokenTimes(claims);
  if (credentialId === undefined || accountId === undefined || userId === undefined || times === undefined)
    return BAD_CLAIMS;
  return {
    claimed: { issuance: 'pomerium', credentialId, accountId, userId, ...times },
    alg: 'HS256',
    key: rules.key,
  };
}

/** Refuses Pomerium's tokens after the migration period. Both times in milliseconds since the epoch. */
export function refusePomeriumAfter(acceptUntil: number, now: number): TokenRefusal | undefined {
  return now < acceptUntil ? undefined : NO_LONGER;
}
