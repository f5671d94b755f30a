import { randomBytes } from 'node:crypto';
import { AccountId } from '../accounts/account-id.ts';
import type { NamespaceId } from '../accounts/namespace-id.ts';
import type { Credential, ServiceAccount } from '../accounts/service-account-schema.ts';
import type { UserId } from '../accounts/user-id.ts';
import type { CredentialId } from '../credentials/credential-id.ts';
import { requiredId } from '../manifests/required-id.ts';
import { type Resource, ResourceError } from '../manifests/resource.ts';
import { type Grants, sees } from '../roles/grants.ts';
import type { Store, Write } from '../store/port.ts';
import type { TokenPurpose } from '../tokens/verified-token.ts';
import type { Access } from './access.ts';
import { AccountError } from './account-error.ts';
import { IdTaken } from './changes/check-visible.ts';
import { accountWrite, credentialWrite, retireCredentials, revokedAt } from './changes/credential-writes.ts';
import { type PlanContext, planChanges } from './changes/plan-changes.ts';
import type { Removal } from './changes/proposed-change.ts';
import { type Plan, type TransactOptions, transact } from './changes/transact.ts';
import { type IssuedCredential, type Issuing, issueCredential } from './issue-credential.ts';
import { planApply } from './plan-apply.ts';
import type { Reader } from './reader.ts';

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
  access: Access,
  issuing: Issuing,
  wanted: NewServiceAccount,
): Promise<IssuedCredential> {
  const now = access.now();
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
  const { result } = await transact(store, access, async (reader, grants) => {
    const existing = await reader.find('service_account', id);
    if (existing && !sees(grants, existing.namespace)) throw new IdTaken('ServiceAccount', id);
    if (existing)
      throw new AccountError(
        `there is a service account ${id} already: choose another --id, or rotate its credential with: sallyport sa rotate ${id}`,
      );
    const { writes } = await planResource(resource, { reader, grants, now });
    const account = accountIn(writes);
    const made = { ...account, created_by: access.author };
    const issued = await issueCredential(reader, issuing, made, wanted.purpose, wanted.expiresAt, '', {
      author: access.author,
      now,
    });
    return {
      writes: [...writes.filter(({ value }) => value !== account), ...issued.writes],
      result: issued.result,
    };
  });
  return result;
}

export interface WantedCredential {
  readonly id: AccountId;
  readonly purpose: TokenPurpose;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number | undefined;
  readonly label: string;
  /** Milliseconds that those before it, of the same purpose, stay good; undefined: until they are revoked. */
  readonly oldValidForMs?: number | undefined;
}

/** Makes a further credential. */
export async function rotateCredential(
  store: Store,
  access: Access,
  issuing: Issuing,
  wanted: WantedCredential,
): Promise<IssuedCredential> {
  const { id, purpose, expiresAt, label, oldValidForMs } = wanted;
  const now = access.now();
  const { result } = await transact(store, access, async (reader, grants) => {
    const account = await requireAccount(reader, grants, id);
    const by = { author: access.author, now };
    const issued = await issueCredential(reader, issuing, account, purpose, expiresAt, label, by);
    if (oldValidForMs === undefined) return issued;
    const older = await reader.findAll('credential', account.credentials);
    const retired = [...older.values()].filter((credential) => credential.purpose === purpose);
    return { ...issued, writes: [...issued.writes, ...retireCredentials(retired, now, oldValidForMs)] };
  });
  return result;
}

/** Revokes one credential, or every one of the account; those revoked already stay as they are. Returns what it revoked. */
export async function revokeCredentials(
  store: Store,
  access: Access,
  id: AccountId,
  only: CredentialId | undefined,
  options: TransactOptions = {},
): Promise<Credential[]> {
  const plan = async (reader: Reader, grants: Grants) => {
    const account = await requireAccount(reader, grants, id);
    const credentials = await reader.findAll('credential', only === undefined ? account.credentials : [only]);
    if (only !== undefined && credentials.get(only)?.account !== id)
      throw new AccountError(`service account ${id} has no credential ${only}: see sallyport sa show ${id}`, {
        unknown: true,
      });
    const revoked = revokedAt(access.now(), credentials.values());
    return { writes: revoked.map(credentialWrite), result: revoked };
  };
  return (await transact(store, access, plan, options)).result;
}

/** Revokes every credential of several accounts, of all of them or of none. Returns what it revoked. */
export async function revokeAccounts(
  store: Store,
  access: Access,
  ids: readonly AccountId[],
  options: TransactOptions = {},
): Promise<Credential[]> {
  const plan = async (reader: Reader, grants: Grants) => {
    const held: CredentialId[] = [];
    for (const id of ids) held.push(...(await requireAccount(reader, grants, id)).credentials);
    const revoked = revokedAt(access.now(), (await reader.findAll('credential', held)).values());
    return { writes: revoked.map(credentialWrite), result: revoked };
  };
  return (await transact(store, access, plan, options)).result;
}

/** Stops an account, or lets it go on. */
export async function setDisabled(
  store: Store,
  access: Access,
  id: AccountId,
  disabled: boolean,
  options: TransactOptions = {},
): Promise<ServiceAccount> {
  const plan = async (reader: Reader, grants: Grants) => {
    const account = await requireAccount(reader, grants, id);
    // If the directory used the id again, the account would stand for somebody else.
    const user =
      disabled || account.impersonate === undefined
        ? undefined
        : await reader.find('directory_user', account.impersonate);
    if (user?.deleted) throw new AccountError(`the user for whom service account ${id} stands was deleted`);
    const next = { ...account, disabled };
    return { writes: account.disabled === disabled ? [] : [accountWrite(next)], result: next };
  };
  return (await transact(store, access, plan, options)).result;
}

/** Deletes an account, its credentials and its roles for good; its user ID stays taken. */
export async function deleteServiceAccount(
  store: Store,
  access: Access,
  id: AccountId,
  options: TransactOptions = {},
): Promise<void> {
  const plan = async (reader: Reader, grants: Grants) => {
    const { namespace } = await requireAccount(reader, grants, id);
    const removal: Removal = {
      kind: 'ServiceAccount',
      spec: { id },
      origin: { file: namespace, document: 0 },
    };
    return planChanges([], [removal], { reader, grants, now: access.now() });
  };
  await transact(store, access, plan, options);
}

/** An account with its credentials, newest last. */
export async function findServiceAccount(
  reader: Reader,
  grants: Grants,
  id: AccountId,
): Promise<{ account: ServiceAccount; credentials: Credential[] }> {
  const account = await requireAccount(reader, grants, id);
  const found = await reader.findAll('credential', account.credentials);
  return { account, credentials: account.credentials.flatMap((credential) => found.get(credential) ?? []) };
}

/** What is said where there is none, or none that may be seen. */
export function noServiceAccount(id: string): string {
  return `there is no service account ${id}: see sallyport sa list`;
}

async function requireAccount(reader: Reader, grants: Grants, id: AccountId): Promise<ServiceAccount> {
  const account = await reader.find('service_account', id);
  if (!account || !sees(grants, account.namespace))
    throw new AccountError(noServiceAccount(id), { unknown: true });
  return account;
}

async function planResource(resource: Resource, context: PlanContext): Promise<Plan<unknown>> {
  try {
    return await planApply([resource], context);
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
