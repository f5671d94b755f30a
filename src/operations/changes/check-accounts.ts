import { isDeepStrictEqual } from 'node:util';
import type { AccountId } from '../../accounts/account-id.ts';
import { GLOBAL } from '../../accounts/namespace-id.ts';
import type {
  Credential,
  ServiceAccount,
  ServiceAccountSpec,
  UserIdReservation,
} from '../../accounts/service-account-schema.ts';
import { unseenProblem } from '../../accounts/unseen-characters.ts';
import { CredentialId } from '../../credentials/credential-id.ts';
import { ofKind, type Resource } from '../../manifests/resource.ts';
import { type Grants, holds } from '../../roles/grants.ts';
import { takeTurns } from '../../snapshot/run-steps.ts';
import type { Write } from '../../store/port.ts';
import { forbidden } from '../refusals.ts';
import { noNamespace, type ProposedChange, type ReportProblem } from './proposed-change.ts';
import { readUserNames, type UserNames } from './user-names.ts';

type AccountResource = Resource<'ServiceAccount'>;

/** Checks service accounts and works out what each would write; by account id. */
export async function checkAccounts(
  change: ProposedChange,
  now: number,
): Promise<Map<string, readonly Write[]>> {
  const { resources, removals, namespaces, reader, grants, report } = change;
  const accounts = ofKind('ServiceAccount', resources);
  const leaving = ofKind('ServiceAccount', removals);
  const current = await reader.findAll(
    'service_account',
    [...accounts, ...leaving].map(({ spec }) => spec.id),
  );
  refuseImpersonating(accounts, current, grants);
  const credentials = await reader.findAll(
    'credential',
    accounts.map(({ spec }) => spec.id),
  );
  const names = await readUserNames(accounts, change, current);
  const plans = new Map<string, readonly Write[]>();
  const turn = takeTurns();
  for (const resource of accounts) {
    await turn();
    const { spec } = resource;
    const before = current.get(spec.id);
    if (spec.namespace !== GLOBAL && !namespaces.has(spec.namespace))
      report(resource, 'namespace', noNamespace(spec.namespace));
    checkUser(resource, before, names, report);
    const credential = credentials.get(spec.id);
    if (credential && credential.account !== spec.id) report(resource, 'id', 'is the id of a credential');
    plans.set(spec.id, planAccount(spec, before, credential, names.reservation(spec.user_id), now));
  }
  const leavingIds = leaving.flatMap(({ spec }) => current.get(spec.id)?.user_id ?? []);
  const reservations = await reader.findAll('user_id', leavingIds);
  for (const { spec } of leaving) {
    const before = current.get(spec.id);
    if (!before) continue;
    const reservation = reservations.get(before.user_id ?? '');
    plans.set(before.id, planAccountRemoval(before, reservation, now));
  }
  return plans;
}

/**
 * Takes an account and its credentials away. The one that Pomerium made stays behind, revoked: its JWT goes by the
 * account's id, and must not come back to life with another account of that id. The reservation of the user ID says where
 * the account was: only there it may come back.
 * @param now milliseconds since the epoch
 */
function planAccountRemoval(
  account: ServiceAccount,
  reservation: UserIdReservation | undefined,
  now: number,
): Write[] {
  const { id, credentials, created_at } = account;
  const own = CredentialId.parse(id);
  return [
    { key: { kind: 'service_account', id }, value: undefined },
    ...planReservation(account, reservation),
    ...credentials.map((credential): Write => {
      const revoked_at = new Date(now).toISOString();
      const value =
        credential === own ? { ...pomeriumCredential(own, id, created_at), revoked_at } : undefined;
      return { key: { kind: 'credential', id: credential }, value };
    }),
  ];
}

/** Keeps the user ID for the account, where it is now. */
function planReservation(
  { id: account, user_id: id, namespace }: Pick<ServiceAccountSpec, 'id' | 'user_id' | 'namespace'>,
  reservation: UserIdReservation | undefined,
): Write[] {
  if (id === undefined) return [];
  if (reservation?.account === account && reservation.namespace === namespace) return [];
  return [{ key: { kind: 'user_id', id }, value: { ...reservation, id, account, namespace } }];
}

function pomeriumCredential(id: CredentialId, account: AccountId, issued_at: string): Credential {
  return { id, account, purpose: 'pomerium', label: 'made by Pomerium', issued_at };
}

/** Whether the user exists is for those alone who may let an account stand for one. Throws `OperationError`. */
function refuseImpersonating(
  accounts: readonly AccountResource[],
  current: ReadonlyMap<string, ServiceAccount>,
  grants: Grants,
): void {
  for (const { spec } of accounts)
    if (spec.impersonate !== undefined && !current.has(spec.id) && !holds(grants, 'admin', spec.namespace))
      throw forbidden(
        `making service account ${spec.id}, which stands for a directory user,`,
        'admin',
        spec.namespace,
      );
}

function checkUser(
  resource: AccountResource,
  before: ServiceAccount | undefined,
  names: UserNames,
  report: ReportProblem,
): void {
  const { user_id: userId, impersonate, disabled } = resource.spec;
  if (before && (before.user_id !== userId || before.impersonate !== impersonate)) {
    const was =
      before.user_id === undefined ? `impersonate: ${before.impersonate}` : `user_id: ${before.user_id}`;
    report(
      resource,
      userId === undefined ? 'impersonate' : 'user_id',
      `can't change (it was ${was}): its tokens name it; make another account`,
    );
  } else if (impersonate !== undefined) {
    const user = names.directoryUser(impersonate);
    // If the directory reused the id, the account would stand for a different user.
    const isUsable = user && (!user.deleted || disabled || before?.disabled === false);
    if (!isUsable) report(resource, 'impersonate', `there is no directory user ${impersonate}`);
  } else if (userId !== undefined && !before) {
    const problem = unseenProblem(userId) ?? names.take(userId, resource.spec);
    if (problem !== undefined) report(resource, 'user_id', problem);
  }
}

/** The records of an account: itself, its permanent user ID, and the credential that Pomerium made for it. */
function planAccount(
  spec: ServiceAccountSpec,
  before: ServiceAccount | undefined,
  credential: Credential | undefined,
  reservation: UserIdReservation | undefined,
  now: number,
): Write[] {
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
  if (!before) writes.push(...planReservation(spec, reservation));
  if (needsCredential) {
    const record = pomeriumCredential(ownCredential, spec.id, created_at);
    writes.push({ key: { kind: 'credential', id: spec.id }, value: record });
  }
  return writes;
}
