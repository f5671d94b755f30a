import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import type { AccountId } from '../accounts/account-id.ts';
import type { UserId } from '../accounts/user-id.ts';
import type { KeySource, SigningKeys } from './key-set.ts';

/** The content of `x-pomerium-jwt-assertion`. */
export interface AssertionClaims {
  /** `aud` and `iss`: the request's host without port, or the configured audience. */
  readonly audience: string;
  readonly userId: UserId;
  readonly accountId: AccountId;
  /** `email` and `name` are empty if unknown. */
  readonly email: string;
  readonly name: string;
  readonly groups: readonly string[];
}

/** Maximum sizes of the JWT, in bytes. */
export interface AssertionRoom {
  /** Beside the other headers. A larger assertion omits the groups. */
  readonly withGroups: number;
  /** On its own. Signing a larger assertion fails. */
  readonly atMost: number;
}

/** A signed assertion. */
export interface Assertion {
  readonly jwt: string;
  /** The number of groups that were omitted: all or 0. */
  readonly groupsLeftOut: number;
}

/** The assertion exceeds `assertion.max_bytes` even without groups. */
export class AssertionTooLarge extends Error {
  override readonly name = 'AssertionTooLarge';
}

export interface AssertionSigner {
  /** Seconds */
  readonly lifetime: number;
  /** Changes with the signing key. */
  readonly generation: number;
  /**
   * Signs an assertion in Pomerium's format. If it omits groups, the claim `groups_omitted` has their number. Rejects with
   * `AssertionTooLarge`. `now` in milliseconds since the epoch.
   */
  sign(claims: AssertionClaims, room: AssertionRoom, now: number): Promise<Assertion>;
}

export interface AssertionSignerOptions {
  readonly keys: KeySource<SigningKeys>;
  /** Seconds. Default: 300, as in Pomerium. */
  readonly lifetime?: number;
}

/** Throws a RangeError if the key is not for ES256, which Pomerium's upstreams expect. */
export function createAssertionSigner({ keys, lifetime = 300 }: AssertionSignerOptions): AssertionSigner {
  if (!(lifetime > 0))
    throw new RangeError('the lifetime of an assertion must be a number of seconds above 0');
  if (keys.current.signer.alg !== 'ES256') throw new RangeError('assertions are signed with a P-256 key');
  return {
    lifetime,
    get generation() {
      return keys.generation;
    },
    sign: async (claims, room, now) =>
      signAssertion(claims, room, Math.floor(now / 1000), lifetime, keys.current),
  };
}

async function signAssertion(
  claims: AssertionClaims,
  room: AssertionRoom,
  issuedAt: number,
  lifetime: number,
  { signer }: SigningKeys,
): Promise<Assertion> {
  const header = { alg: 'ES256', kid: signer.kid, typ: 'JWT' };
  const whole = payloadOf(claims, issuedAt, lifetime);
  const left = claims.groups.length;
  const fits = jwtLength(header, whole) <= room.withGroups;
  const payload = fits || left === 0 ? whole : { ...whole, groups: [], groups_omitted: left };
  const length = fits ? 0 : jwtLength(header, payload);
  if (length > room.atMost)
    throw new AssertionTooLarge(`an assertion of ${length} bytes without groups: ${room.atMost} are allowed`);
  const jwt = await new SignJWT(payload).setProtectedHeader(header).sign(signer.key);
  return { jwt, groupsLeftOut: payload === whole ? 0 : left };
}

function payloadOf(
  { audience, userId, accountId, email, name, groups }: AssertionClaims,
  issuedAt: number,
  lifetime: number,
) {
  return {
    user: userId,
    sid: accountId,
    email,
    groups: [...groups],
    name,
    iss: audience,
    aud: audience,
    sub: userId,
    iat: issuedAt,
    exp: issuedAt + lifetime,
    jti: randomUUID(),
  };
}

/** Characters of an ES256 signature in base64url: 64 bytes (RFC 7518 §3.4). */
const SIGNATURE_LENGTH = 86;

/** The length of the JWT, computed without signing. */
function jwtLength(header: object, payload: object): number {
  return base64urlLength(header) + 1 + base64urlLength(payload) + 1 + SIGNATURE_LENGTH;
}

function base64urlLength(value: object): number {
  return Math.ceil((Buffer.byteLength(JSON.stringify(value)) * 4) / 3);
}
