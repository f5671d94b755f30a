import { CompactSign } from 'jose';
import type { AccountId } from '../accounts/account-id.ts';
import type { UserId } from '../accounts/user-id.ts';
import type { CredentialId } from '../credentials/credential-id.ts';
import { MAX_TOKEN_LENGTH } from './compact-jws.ts';
import type { SigningKey } from './key-set.ts';

export interface TokenGrant {
  readonly signer: SigningKey;
  readonly issuer: string;
  /** The mesh's or the admin API's. */
  readonly audience: string;
  readonly accountId: AccountId;
  readonly userId: UserId;
  readonly credentialId: CredentialId;
  /** Seconds since the epoch, whole. */
  readonly issuedAt: number;
  /** Seconds since the epoch, whole. Absent if the token does not expire by itself. */
  readonly expiresAt?: number;
}

/** Issues a native token: a JWT access token (RFC 9068 §2). Throws a RangeError for a grant that no verifier would accept. */
export async function issueToken(grant: TokenGrant): Promise<string> {
  const { signer, issuer, audience, issuedAt, expiresAt } = grant;
  if (!issuer || !audience) throw new RangeError('a token needs an issuer and an audience');
  if (!Number.isSafeInteger(issuedAt) || issuedAt < 0)
    throw new RangeError('issuedAt must be in whole seconds');
  if (expiresAt !== undefined && !(Number.isSafeInteger(expiresAt) && expiresAt > issuedAt))
    throw new RangeError('expiresAt must be in whole seconds, after issuedAt');
  const claims = {
    iss: issuer,
    aud: audience,
    sub: grant.userId,
    client_id: grant.accountId,
    jti: grant.credentialId,
    iat: issuedAt,
    nbf: issuedAt,
    ...(expiresAt !== undefined && { exp: expiresAt }),
  };
  const token = await new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
    .setProtectedHeader(headerOf(signer))
    .sign(signer.key);
  if (token.length > MAX_TOKEN_LENGTH)
    throw new RangeError(`the token would be longer than ${MAX_TOKEN_LENGTH} characters`);
  return token;
}

type NamedKey = Pick<SigningKey, 'alg' | 'kid'>;

function headerOf({ alg, kid }: NamedKey) {
  return { alg, kid, typ: 'at+jwt' };
}

/** The first segment of every token that the key signs. */
export function headerSegment(key: NamedKey): string {
  return Buffer.from(JSON.stringify(headerOf(key))).toString('base64url');
}
