import type { DirectoryUser } from '../../accounts/directory-schema.ts';
import { domainOfName, matchesNamePattern } from '../../accounts/name-pattern.ts';
import { GLOBAL } from '../../accounts/namespace-id.ts';
import type {
  ServiceAccount,
  ServiceAccountSpec,
  UserIdReservation,
} from '../../accounts/service-account-schema.ts';
import { ofKind, type Resource } from '../../manifests/resource.ts';
import { type Grants, holds, sees } from '../../roles/grants.ts';
import type { Reader } from '../reader.ts';
import type { ProposedChange } from './proposed-change.ts';

/** The names that accounts and directory users have, or had, as far as a change is about them. */
export interface UserNames {
  /** As the user will be. */
  directoryUser(id: string): DirectoryUser | undefined;
  reservation(name: string | undefined): UserIdReservation | undefined;
  /**
   * Gives a user ID to a new account; returns why not, if it can't be. To a caller who may not see the owner of a name, all names
   * that are taken look the same.
   */
  take(name: string, account: Pick<ServiceAccountSpec, 'id' | 'namespace'>): string | undefined;
}

/** @param current accounts as they are */
export async function readUserNames(
  accounts: readonly Resource<'ServiceAccount'>[],
  { resources, removals, tree: { nodes }, reader, grants }: ProposedChange,
  current: ReadonlyMap<string, ServiceAccount>,
): Promise<UserNames> {
  const fresh = accounts.flatMap(({ spec }) => (current.has(spec.id) ? [] : (spec.user_id ?? [])));
  const reservations = await reader.findAll('user_id', fresh);
  const users = await reader.findAll(
    'directory_user',
    accounts.flatMap(({ spec }) => [spec.user_id, spec.impersonate].filter((id) => id !== undefined)),
  );
  for (const { spec } of ofKind('DirectoryUser', resources)) users.set(spec.id, spec);
  for (const { spec } of ofKind('DirectoryUser', removals)) {
    const user = users.get(spec.id);
    if (user) users.set(spec.id, { ...user, deleted: true });
  }
  const isReserved = await reservedNames(fresh, reader, grants);
  const owners = await reader.findAll(
    'service_account',
    [...reservations.values()].map(({ account }) => account).filter((id) => id !== undefined),
  );
  const taken = new Map<string, string>();
  const mayComeBack = (
    { account, namespace, created_revision, directory_user }: UserIdReservation,
    wanted: Pick<ServiceAccountSpec, 'id' | 'namespace'>,
  ) =>
    account === wanted.id &&
    namespace === wanted.namespace &&
    directory_user === undefined &&
    nodes.has(namespace) &&
    nodes.get(namespace)?.namespace.created_revision === created_revision;
  const TAKEN = 'was given to a service account or a directory user, and is never given twice';
  return {
    directoryUser: (id) => users.get(id),
    reservation: (name) => (name === undefined ? undefined : reservations.get(name)),
    take(name, wanted) {
      if (isReserved(name))
        return `${name} is kept for the directory: only an admin of ${GLOBAL} gives it to an account`;
      const reservation = reservations.get(name);
      const user = users.get(name);
      if (user || reservation?.directory_user !== undefined) {
        if (!sees(grants, GLOBAL)) return `${name} ${TAKEN}`;
        const holder =
          user && !user.deleted
            ? 'is a directory user: impersonate it'
            : 'is or was the name of a directory user: impersonate the user';
        return `${name} ${holder}, or choose another`;
      }
      if (reservation && !mayComeBack(reservation, wanted)) {
        const { account, namespace } = reservation;
        const home = owners.get(account ?? '')?.namespace ?? namespace ?? GLOBAL;
        return sees(grants, home)
          ? `${name} was given to service account ${account}, and is never given twice`
          : `${name} ${TAKEN}`;
      }
      const other = taken.get(name);
      if (other !== undefined)
        return `${name} was given to service account ${other}, and is never given twice`;
      taken.set(name, wanted.id);
      return undefined;
    },
  };
}

/**
 * Finds user IDs that are kept for the directory: those that a configured pattern fits, and those with a domain that the
 * name of a directory user has, present or deleted. For an admin of `global` there are none.
 */
async function reservedNames(
  names: readonly string[],
  reader: Reader,
  grants: Grants,
): Promise<(name: string) => boolean> {
  if (holds(grants, 'admin', GLOBAL)) return () => false;
  const hasDomain = names.some((name) => domainOfName(name) !== undefined);
  const domains = hasDomain ? await reader.directoryDomains() : undefined;
  return (name) => {
    if (grants.reservedNames.some((pattern) => matchesNamePattern(pattern, name))) return true;
    const domain = domainOfName(name);
    return domain !== undefined && domains?.has(domain) === true;
  };
}
