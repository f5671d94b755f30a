import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import { type Credential, type ServiceAccount, userIdOf } from '../accounts/service-account-schema.ts';
import type { Author } from '../activity/author-schema.ts';
import type { Operations } from '../contract/contract.ts';
import { OperationError } from '../contract/operation-error.ts';
import { CredentialId } from '../credentials/credential-id.ts';
import { requiredId } from '../manifests/required-id.ts';
import { issueToken } from '../tokens/issue-token.ts';
import type { SigningKey } from '../tokens/key-set.ts';
import type { TokenPurpose } from '../tokens/verified-token.ts';
import { accountWrite, credentialWrite, makeRoomForCredential } from './changes/credential-writes.ts';
import type { Plan } from './changes/transact.ts';
import type { Reader } from './reader.ts';

/** What new credentials are made with. */
export interface Issuing {
  readonly signer: SigningKey;
  readonly issuer: string;
  readonly audience: Readonly<Record<TokenPurpose, string>>;
  /** Milliseconds; undefined for no bound. */
  readonly maxLifetimeMs: number | undefined;
}

/** The one time that a JWT is seen. */
export interface IssuedCredential {
  readonly account: ServiceAccount;
  readonly credential: Credential;
  readonly jwt: string;
}

/** The same as people and scripts see it. */
export type DescribedCredential = z.output<Operations['serviceAccounts']['create']['response']>;

export function describeIssued({ account, credential, jwt }: IssuedCredential): DescribedCredential {
  return {
    id: account.id,
    credential_id: credential.id,
    user_id: userIdOf(account),
    namespace: account.namespace,
    expires_at: credential.expires_at ?? null,
    jwt,
  };
}

export interface WantedCredential {
  readonly purpose: TokenPurpose;
  /** Milliseconds since the epoch; undefined for as late as allowed. */
  readonly expiresAt: number | undefined;
  readonly label: string;
}

/** Plans a further credential of an account, within its expiry and the configured lifetime. */
export async function issueCredential(
  reader: Pick<Reader, 'findAll'>,
  issuing: Issuing,
  account: ServiceAccount,
  { purpose, expiresAt: wantedExpiry, label }: WantedCredential,
  { author, now }: { readonly author: Author; readonly now: number },
): Promise<Plan<IssuedCredential>> {
  const expiresAt = expiryOf(issuing, account, wantedExpiry, now);
  const id = newCredentialId();
  const issuedAt = Math.floor(now / 1000);
  const jwt = await issueToken({
    signer: issuing.signer,
    issuer: issuing.issuer,
    audience: issuing.audience[purpose],
    accountId: account.id,
    userId: userIdOf(account),
    credentialId: id,
    issuedAt,
    ...(expiresAt === undefined ? {} : { expiresAt: expiresAt / 1000 }),
  });
  const credential: Credential = {
    id,
    account: account.id,
    purpose,
    label,
    issued_at: new Date(issuedAt * 1000).toISOString(),
    kid: issuing.signer.kid,
    issued_by: author,
    ...(expiresAt === undefined ? {} : { expires_at: new Date(expiresAt).toISOString() }),
  };
  const { kept, writes } = await makeRoomForCredential(reader, account, now);
  const next = { ...account, credentials: [...kept, id] };
  return {
    writes: [...writes, accountWrite(next), credentialWrite(credential)],
    result: { account: next, credential, jwt },
  };
}

/**
 * The expiry asked for, within that of the account and the configured lifetime; milliseconds since the epoch, a whole
 * second, as a JWT has it.
 */
function expiryOf(
  issuing: Issuing,
  account: ServiceAccount,
  asked: number | undefined,
  now: number,
): number | undefined {
  const accountExpiry = account.expires_at === undefined ? Infinity : Date.parse(account.expires_at);
  const issuedAt = wholeSecond(now);
  const longest = issuing.maxLifetimeMs === undefined ? Infinity : issuedAt + issuing.maxLifetimeMs;
  const wanted = asked === undefined ? undefined : wholeSecond(asked);
  if (asked !== undefined && asked <= now)
    throw new OperationError('unprocessable', 'the expiry has passed already');
  if (accountExpiry <= now)
    throw new OperationError(
      'unprocessable',
      `service account ${account.id} expired at ${account.expires_at}: apply it with a later expires_at first`,
    );
  if (wanted !== undefined && wanted > accountExpiry)
    throw new OperationError(
      'unprocessable',
      `service account ${account.id} itself expires at ${account.expires_at}`,
    );
  if (wanted !== undefined && wanted > longest)
    throw new OperationError(
      'unprocessable',
      `tokens.max_lifetime allows an expiry of at most ${new Date(longest).toISOString()}`,
    );
  const expiry = wholeSecond(Math.min(wanted ?? Infinity, accountExpiry, longest));
  if (expiry <= issuedAt) throw new OperationError('unprocessable', 'the expiry is less than a second away');
  return expiry === Infinity ? undefined : expiry;
}

function wholeSecond(milliseconds: number): number {
  return Math.floor(milliseconds / 1000) * 1000;
}

function newCredentialId(): CredentialId {
  return requiredId(CredentialId.parse(randomUUID()));
}
