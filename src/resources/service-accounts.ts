import { randomBytes, randomUUID } from 'node:crypto';
import type { NamespaceId } from '../accounts/namespace-id.ts';
import { type Credential, type ServiceAccount, userIdOf } from '../accounts/service-account.ts';
import type { Store, Write } from '../store/port.ts';
import { AccountId } from '../tokens/account-id.ts';
import { CredentialId } from '../tokens/credential-id.ts';
import { issueToken } from '../tokens/issue-token.ts';
import type { SigningKey } from '../tokens/key-set.ts';
import type { UserId } from '../tokens/user-id.ts';
import type { TokenPurpose } from '../tokens/verified-token.ts';
import { planAccountRemoval } from './check-accounts.ts';
import { planApply } from './plan-apply.ts';
import { type Resource, ResourceError } from './resource.ts';
import { type Plan, type Reader, transact } from './transact.ts';

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

export interface NewServiceAccount {
  readonly id: AccountId | undefined;
  readonly namespace: NamespaceId;
  readonly userId: UserId;
  /** Whether `userId` is that of a directory user for whom the account stands. */
  readonly impersonate: boolean;
  readonly description: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number | undefined;
  readonly purpose: TokenPurpose;
}

/** An operator asked for something that can't be; the message says what, and what to do. Nothing was changed. */
export class AccountError extends Error {
  override readonly name = 'AccountError';
}

const MAX_CREDENTIALS = 100;

/** Makes an account and its first credential. */
export async function createServiceAccount(
  store: Store,
  issuing: Issuing,
  wanted: NewServiceAccount,
  now: number,
): Promise<IssuedCredential> {
  const id = wanted.id ?? newAccountId();
  const spec = {
    id,
    namespace: wanted.namespace,
    ...(wanted.impersonate ? { impersonate: wanted.userId } : { user_id: wanted.userId }),
    description: wanted.description,
    ...(wanted.expiresAt === undefined ? {} : { expires_at: new Date(wanted.expiresAt).toISOString() }),
    disabled: false,
    pomerium: false,
  };
  const resource: Resource = { kind: 'ServiceAccount', spec, origin: { file: 'sa create', document: 1 } };
  const { result } = await transact(store, async (reader) => {
    if (await reader.find('service_account', id))
      throw new AccountError(
        `there is a service account ${id} already: choose another --id, or rotate its credential with: sallyport sa rotate ${id}`,
      );
    const { writes } = await planResource(resource, reader, now);
    const account = accountIn(writes);
    const issued = await issue(issuing, account, wanted.purpose, wanted.expiresAt, '', now);
    return {
      writes: [...writes.filter(({ value }) => value !== account), ...issued.writes],
      result: issued.result,
    };
  });
  return result;
}

/** Makes a further credential; those before it stay good until they are revoked. */
export async function rotateCredential(
  store: Store,
  issuing: Issuing,
  wanted: { id: AccountId; purpose: TokenPurpose; expiresAt: number | undefined; label: string },
  now: number,
): Promise<IssuedCredential> {
  const { result } = await transact(store, async (reader) => {
    const account = await requireAccount(reader, wanted.id);
    return issue(issuing, account, wanted.purpose, wanted.expiresAt, wanted.label, now);
  });
  return result;
}

/** Revokes one credential, or every one of the account; those revoked already stay as they are. Returns what it revoked. */
export async function revokeCredentials(
  store: Store,
  id: AccountId,
  only: CredentialId | undefined,
  now: number,
): Promise<Credential[]> {
  const { result } = await transact(store, async (reader) => {
    const account = await requireAccount(reader, id);
    const credentials = await reader.findAll('credential', only === undefined ? account.credentials : [only]);
    if (only !== undefined && credentials.get(only)?.account !== id)
      throw new AccountError(`service account ${id} has no credential ${only}: see sallyport sa show ${id}`);
    const revoked = [...credentials.values()]
      .filter(({ revoked_at }) => revoked_at === undefined)
      .map((credential) => ({ ...credential, revoked_at: new Date(now).toISOString() }));
    return { writes: revoked.map(credentialWrite), result: revoked };
  });
  return result;
}

/** Stops an account, or lets it go on. */
export async function setDisabled(store: Store, id: AccountId, disabled: boolean): Promise<ServiceAccount> {
  const { result } = await transact(store, async (reader) => {
    const account = await requireAccount(reader, id);
    const next = { ...account, disabled };
    return { writes: account.disabled === disabled ? [] : [accountWrite(next)], result: next };
  });
  return result;
}

/** Deletes an account and its credentials for good; its user ID stays taken. */
export async function deleteServiceAccount(store: Store, id: AccountId, now: number): Promise<void> {
  await transact(store, async (reader) => {
    const account = await requireAccount(reader, id);
    return { writes: planAccountRemoval(account, now), result: undefined };
  });
}

/** An account with its credentials, newest last. */
export async function findServiceAccount(
  reader: Reader,
  id: AccountId,
): Promise<{ account: ServiceAccount; credentials: Credential[] }> {
  const account = await requireAccount(reader, id);
  const found = await reader.findAll('credential', account.credentials);
  return { account, credentials: account.credentials.flatMap((credential) => found.get(credential) ?? []) };
}

async function requireAccount(reader: Reader, id: AccountId): Promise<ServiceAccount> {
  const account = await reader.find('service_account', id);
  if (!account) throw new AccountError(`there is no service account ${id}: see sallyport sa list`);
  return account;
}

async function planResource(resource: Resource, reader: Reader, now: number): Promise<Plan<unknown>> {
  try {
    return await planApply([resource], reader, now);
  } catch (error) {
    if (!(error instanceof ResourceError)) throw error;
    throw new AccountError(error.problems.map(({ path, message }) => `${path}: ${message}`).join('\n'));
  }
}

function accountIn(writes: readonly Write[]): ServiceAccount {
  const write = writes.find(({ key }) => key.kind === 'service_account');
  return write?.value as ServiceAccount;
}

async function issue(
  issuing: Issuing,
  account: ServiceAccount,
  purpose: TokenPurpose,
  wantedExpiry: number | undefined,
  label: string,
  now: number,
): Promise<Plan<IssuedCredential>> {
  if (account.credentials.length >= MAX_CREDENTIALS)
    throw new AccountError(
      `service account ${account.id} has ${MAX_CREDENTIALS} credentials, the most it may have`,
    );
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
    ...(expiresAt === undefined ? {} : { expires_at: new Date(expiresAt).toISOString() }),
  };
  const next = { ...account, credentials: [...account.credentials, id] };
  return {
    writes: [accountWrite(next), credentialWrite(credential)],
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
  if (asked !== undefined && asked <= now) throw new AccountError('the expiry has passed already');
  if (accountExpiry <= now)
    throw new AccountError(
      `service account ${account.id} expired at ${account.expires_at}: apply it with a later expires_at first`,
    );
  if (wanted !== undefined && wanted > accountExpiry)
    throw new AccountError(`service account ${account.id} itself expires at ${account.expires_at}`);
  if (wanted !== undefined && wanted > longest)
    throw new AccountError(
      `tokens.max_lifetime allows an expiry of at most ${new Date(longest).toISOString()}`,
    );
  const expiry = wholeSecond(Math.min(wanted ?? Infinity, accountExpiry, longest));
  if (expiry <= issuedAt) throw new AccountError('the expiry is less than a second away');
  return expiry === Infinity ? undefined : expiry;
}

function wholeSecond(milliseconds: number): number {
  return Math.floor(milliseconds / 1000) * 1000;
}

function accountWrite(account: ServiceAccount): Write {
  return { key: { kind: 'service_account', id: account.id }, value: account };
}

function credentialWrite(credential: Credential): Write {
  return { key: { kind: 'credential', id: credential.id }, value: credential };
}

function newAccountId(): AccountId {
  return required(AccountId.parse(`sa-${randomBytes(8).toString('hex')}`));
}

function newCredentialId(): CredentialId {
  return required(CredentialId.parse(randomUUID()));
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a generated id is not valid');
  return value;
}
