import { randomBytes } from 'node:crypto';
import type { NamespaceId } from '../accounts/namespace-id.ts';
import type { Credential, ServiceAccount } from '../accounts/service-account.ts';
import type { Store, Write } from '../store/port.ts';
import { AccountId } from '../tokens/account-id.ts';
import type { CredentialId } from '../tokens/credential-id.ts';
import type { UserId } from '../tokens/user-id.ts';
import type { TokenPurpose } from '../tokens/verified-token.ts';
import { AccountError } from './account-error.ts';
import { planAccountRemoval } from './check-accounts.ts';
import {
  accountWrite,
  credentialWrite,
  type IssuedCredential,
  type Issuing,
  issueCredential,
} from './issue-credential.ts';
import { planApply } from './plan-apply.ts';
import { requiredId } from './required-id.ts';
import { type Resource, ResourceError } from './resource.ts';
import { type Plan, type Reader, transact } from './transact.ts';

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
    const issued = await issueCredential(issuing, account, wanted.purpose, wanted.expiresAt, '', now);
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
    return issueCredential(issuing, account, wanted.purpose, wanted.expiresAt, wanted.label, now);
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

function newAccountId(): AccountId {
  return requiredId(AccountId.parse(`sa-${randomBytes(8).toString('hex')}`));
}
