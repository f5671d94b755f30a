import { isDeepStrictEqual } from 'node:util';
import type { Credential, ServiceAccount, ServiceAccountSpec } from '../accounts/service-account.ts';
import { takeTurns } from '../check/run-steps.ts';
import type { Grants } from '../roles/grants.ts';
import type { Write } from '../store/port.ts';
import type { AccountId } from '../tokens/account-id.ts';
import { CredentialId } from '../tokens/credential-id.ts';
import { noNamespace } from './check-places.ts';
import type { Complain, NextPlaces, Removal } from './next-places.ts';
import type { Reader } from './reader.ts';
import type { Resource } from './resource.ts';
import { visibleAccounts } from './visible-accounts.ts';

export interface AccountPlan {
  /** The account as it is; undefined where there is none yet. */
  readonly before: ServiceAccount | undefined;
  readonly writes: readonly Write[];
}

type AccountResource = Extract<Resource, { kind: 'ServiceAccount' }>;

/** Checks service accounts and works out what each would write; by account id. */
export async function checkAccounts(
  resources: readonly Resource[],
  removals: readonly Removal[],
  places: NextPlaces,
  reader: Reader,
  grants: Grants,
  now: number,
  complain: Complain,
): Promise<Map<string, AccountPlan>> {
  const accounts = resources.filter(
    (resource): resource is AccountResource => resource.kind === 'ServiceAccount',
  );
  const userIds = accounts.flatMap(({ spec }) =>
    [spec.user_id, spec.impersonate].filter((id) => id !== undefined),
  );
  const current = await reader.findAll(
    'service_account',
    accounts.map(({ spec }) => spec.id),
  );
  const credentials = await reader.findAll(
    'credential',
    accounts.map(({ spec }) => spec.id),
  );
  const reservations = await reader.findAll('user_id', userIds);
  const directory: Map<string, unknown> = await reader.findAll('directory_user', userIds);
  for (const resource of resources)
    if (resource.kind === 'DirectoryUser') directory.set(resource.spec.id, resource.spec);
  for (const removal of removals) if (removal.kind === 'DirectoryUser') directory.delete(removal.spec.id);

  const taken = new Map([...reservations].map(([userId, { account }]) => [userId, account as string]));
  const owners = await visibleAccounts([...taken.values()], reader, grants);
  const plans = new Map<string, AccountPlan>();
  const turn = takeTurns();
  for (const resource of accounts) {
    await turn();
    const { spec } = resource;
    const before = current.get(spec.id);
    if (spec.namespace !== 'global' && !places.namespaces.has(spec.namespace))
      complain(resource, 'namespace', noNamespace(spec.namespace));
    checkUser(resource, before, taken, owners, directory, complain);
    const credential = credentials.get(spec.id);
    if (credential && credential.account !== spec.id) complain(resource, 'id', 'is the id of a credential');
    plans.set(spec.id, planAccount(spec, before, credential, now));
  }
  const leaving = removals.filter(({ kind }) => kind === 'ServiceAccount');
  const stored = await reader.findAll(
    'service_account',
    leaving.map(({ spec }) => spec.id),
  );
  for (const removal of leaving) {
    const before = stored.get(removal.spec.id);
    if (!before) complain(removal, '', 'there is none of that id');
    else plans.set(before.id, { before, writes: planAccountRemoval(before, now) });
  }
  return plans;
}

/**
 * Takes an account and its credentials away. The one that Pomerium made stays behind, revoked: its JWT goes by the
 * account's id, and must not come back to life with another account of that id.
 * @param now milliseconds since the epoch
 */
export function planAccountRemoval({ id, credentials, created_at }: ServiceAccount, now: number): Write[] {
  const own = CredentialId.parse(id);
  return [
    { key: { kind: 'service_account', id }, value: undefined },
    ...credentials.map((credential): Write => {
      const revoked_at = new Date(now).toISOString();
      const value =
        credential === own ? { ...pomeriumCredential(own, id, created_at), revoked_at } : undefined;
      return { key: { kind: 'credential', id: credential }, value };
    }),
  ];
}

function pomeriumCredential(id: CredentialId, account: AccountId, issued_at: string): Credential {
  return { id, account, purpose: 'pomerium', label: 'made by Pomerium', issued_at };
}

function checkUser(
  resource: AccountResource,
  before: ServiceAccount | undefined,
  taken: Map<string, string>,
  owners: (account: string) => string,
  directory: ReadonlyMap<string, unknown>,
  complain: Complain,
): void {
  const { id, user_id: userId, impersonate } = resource.spec;
  if (before && (before.user_id !== userId || before.impersonate !== impersonate)) {
    const was =
      before.user_id === undefined ? `impersonate: ${before.impersonate}` : `user_id: ${before.user_id}`;
    complain(
      resource,
      userId === undefined ? 'impersonate' : 'user_id',
      `can't change (it was ${was}): its tokens name it; make another account`,
    );
  } else if (impersonate !== undefined) {
    if (!directory.has(impersonate))
      complain(resource, 'impersonate', `there is no directory user ${impersonate}`);
  } else if (userId !== undefined) {
    const owner = taken.get(userId);
    if (owner !== undefined && !(owner === id && before))
      complain(resource, 'user_id', `${userId} was given to ${owners(owner)}, and is never given twice`);
    else if (directory.has(userId))
      complain(resource, 'user_id', `${userId} is a directory user: impersonate it, or choose another`);
    else taken.set(userId, id);
  }
}

/** The records of an account: itself, its user ID for good, and the credential that Pomerium made for it. */
function planAccount(
  spec: ServiceAccountSpec,
  before: ServiceAccount | undefined,
  credential: Credential | undefined,
  now: number,
): AccountPlan {
  const created_at = before?.created_at ?? new Date(now).toISOString();
  const ownCredential = CredentialId.parse(spec.id);
  const takesPomeriums = spec.pomerium && ownCredential !== undefined;
  const needsCredential = takesPomeriums && credential === undefined;
  const kept = before?.credentials ?? [];
  const account: ServiceAccount = {
    ...spec,
    created_at,
    ...(before?.created_by && { created_by: before.created_by }),
    credentials: takesPomeriums && !kept.includes(ownCredential) ? [...kept, ownCredential] : kept,
  };

  const writes: Write[] = [];
  if (!before || !isDeepStrictEqual(before, account))
    writes.push({ key: { kind: 'service_account', id: spec.id }, value: account });
  if (!before && spec.user_id !== undefined)
    writes.push({
      key: { kind: 'user_id', id: spec.user_id },
      value: { id: spec.user_id, account: spec.id },
    });
  if (needsCredential) {
    const record = pomeriumCredential(ownCredential, spec.id, created_at);
    writes.push({ key: { kind: 'credential', id: spec.id }, value: record });
  }
  return { before, writes };
}
