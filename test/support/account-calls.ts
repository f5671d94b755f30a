import type { AccountId } from '../../src/accounts/account-id.ts';
import type { NamespaceId } from '../../src/accounts/namespace-id.ts';
import type { Credential, ServiceAccount } from '../../src/accounts/service-account-schema.ts';
import type { UserId } from '../../src/accounts/user-id.ts';
import { LocalClient } from '../../src/client/local-client.ts';
import { OPERATIONS } from '../../src/contract/contract.ts';
import type { CredentialId } from '../../src/credentials/credential-id.ts';
import type { IssuedCredential, Issuing } from '../../src/operations/issue-credential.ts';
import type { Principal } from '../../src/operations/principal.ts';
import { Reader } from '../../src/operations/reader.ts';
import type { StoreWithTelemetry } from '../../src/store/telemetry-writes.ts';
import type { TokenPurpose } from '../../src/tokens/verified-token.ts';

const { serviceAccounts } = OPERATIONS;

export interface NewServiceAccount {
  readonly id: AccountId | undefined;
  readonly namespace: NamespaceId;
  readonly userId: UserId;
  readonly impersonate: boolean;
  readonly description: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number | undefined;
  readonly purpose: TokenPurpose;
}

export interface WantedCredential {
  readonly id: AccountId;
  readonly purpose: TokenPurpose;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number | undefined;
  readonly label: string;
}

/** Calls operations on a store in this process; `issuing` is for those that make a credential. */
export function localClient(store: StoreWithTelemetry, principal: Principal, issuing?: Issuing): LocalClient {
  return new LocalClient({
    store,
    principal,
    place: 'the store of a test',
    issuing: async () => issuing ?? Promise.reject(new Error('there is no key here')),
    explaining: () => Promise.reject(new Error('nothing is explained here')),
    lint: () => Promise.reject(new Error('nothing is linted here')),
  });
}

export async function createServiceAccount(
  store: StoreWithTelemetry,
  principal: Principal,
  issuing: Issuing,
  { id, namespace, userId, impersonate, description, expiresAt, purpose }: NewServiceAccount,
): Promise<IssuedCredential> {
  const body = { namespace, user_id: userId, impersonate, description, purpose, ...expiry(expiresAt) };
  const issued = await localClient(store, principal, issuing).call(serviceAccounts.create, {
    body: { ...body, ...(id !== undefined && { id }) },
  });
  return withRecords(store, issued);
}

export async function rotateCredential(
  store: StoreWithTelemetry,
  principal: Principal,
  issuing: Issuing,
  { id, purpose, expiresAt, label }: WantedCredential,
): Promise<IssuedCredential> {
  const issued = await localClient(store, principal, issuing).call(serviceAccounts.rotate, {
    params: { id },
    body: { purpose, label, ...expiry(expiresAt) },
  });
  return withRecords(store, issued);
}

/** One credential, or every one. Returns those that it revoked. */
export async function revokeCredentials(
  store: StoreWithTelemetry,
  principal: Principal,
  id: AccountId,
  only: CredentialId | undefined,
): Promise<Credential[]> {
  const client = localClient(store, principal);
  const { revoked } = await (only === undefined
    ? client.call(serviceAccounts.revoke, { params: { id } })
    : client.call(serviceAccounts.revokeOne, { params: { id, credential: only } }));
  return [...(await new Reader(store).findAll('credential', revoked)).values()];
}

export function setDisabled(
  store: StoreWithTelemetry,
  principal: Principal,
  id: AccountId,
  disabled: boolean,
): Promise<{ readonly disabled: boolean }> {
  return localClient(store, principal).call(serviceAccounts[disabled ? 'disable' : 'enable'], {
    params: { id },
  });
}

export async function deleteServiceAccount(
  store: StoreWithTelemetry,
  principal: Principal,
  id: AccountId,
): Promise<void> {
  await localClient(store, principal).call(serviceAccounts.remove, { params: { id } });
}

export interface Bootstrapped {
  readonly jwt: string;
  readonly revoked: readonly string[];
}

/** Makes an admin of everything. */
export function bootstrap(
  store: StoreWithTelemetry,
  principal: Principal,
  issuing: Issuing,
  id: string,
  revokeOthers: boolean,
): Promise<Bootstrapped> {
  const body = { id, revoke_others: revokeOthers };
  return localClient(store, principal, issuing).call(serviceAccounts.bootstrap, { body });
}

function expiry(time: number | undefined): { readonly expires_at?: string } {
  return time === undefined ? {} : { expires_at: new Date(time).toISOString() };
}

async function withRecords(
  store: StoreWithTelemetry,
  { id, credential_id, jwt }: { readonly id: string; readonly credential_id: string; readonly jwt: string },
): Promise<IssuedCredential> {
  const reader = new Reader(store);
  const [account, credential] = await Promise.all([
    reader.find('service_account', id),
    reader.find('credential', credential_id),
  ]);
  return { account: existing<ServiceAccount>(account), credential: existing<Credential>(credential), jwt };
}

function existing<T>(record: T | undefined): T {
  if (record === undefined) throw new Error('what was made is not in the store');
  return record;
}
