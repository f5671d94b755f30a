import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import type { AccountId } from './account-id.ts';
import type { KeySource, PublicJwks, SigningKeys } from './key-set.ts';
import type { UserId } from './user-id.ts';

/** What `x-pomerium-jwt-assertion` tells an upstream about the caller. */
export interface AssertionClaims {
  /** The host that was asked for, without port, or the configured audience; both `aud` and `iss`. */
  readonly audience: string;
  readonly userId: UserId;
  readonly accountId: AccountId;
  /** Empty where unknown, and so is `name`. */
  readonly email: string;
  readonly name: string;
  readonly groups: readonly string[];
}

export interface AssertionSigner {
  /** Seconds */
  readonly lifetime: number;
  /** Another number whenever assertions are signed with another key. */
  readonly generation: number;
  /** The assertion as Pomerium makes it; `now` in milliseconds since the epoch. */
  sign(claims: AssertionClaims, now: number): Promise<string>;
}

export interface AssertionSignerOptions {
  readonly keys: KeySource<SigningKeys>;
  /** Seconds; 300 by default, as Pomerium has it. */
  readonly lifetime?: number;
}

/** Throws a RangeError where the keys are not for ES256, which is what Pomerium's upstreams expect. */
export function createAssertionSigner({ keys, lifetime = 300 }: AssertionSignerOptions): AssertionSigner {
  if (!(lifetime > 0))
    throw new RangeError('the lifetime of an assertion must be a number of seconds above 0');
  if (keys.current.signer.alg !== 'ES256') throw new RangeError('assertions are signed with a P-256 key');
  return {
    lifetime,
    get generation() {
      return keys.generation;
    },
    sign: (claims, now) => signAssertion(claims, Math.floor(now / 1000), lifetime, keys.current),
  };
}

async function signAssertion(
  claims: AssertionClaims,
  issuedAt: number,
  lifetime: number,
  { signer }: SigningKeys,
): Promise<string> {
  const { audience, userId, accountId, email, name, groups } = claims;
  return new SignJWT({ user: userId, sid: accountId, email, groups: [...groups], name })
    .setProtectedHeader({ alg: 'ES256', kid: signer.kid, typ: 'JWT' })
    .setIssuer(audience)
    .setAudience(audience)
    .setSubject(userId)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + lifetime)
    .setJti(randomUUID())
    .sign(signer.key);
}

/** What `/.well-known/pomerium/jwks.json` serves: every key that an assertion may name (RFC 7517 §5). */
export function assertionJwks(keys: SigningKeys): PublicJwks {
  return keys.publicJwks;
}
