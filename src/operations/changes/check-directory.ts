import { type DirectoryUser, userNameOf } from '../../accounts/directory-schema.ts';
import { unseenProblem } from '../../accounts/unseen-characters.ts';
import { ofKind, type Resource } from '../../manifests/resource.ts';
import { ALL_GRANTS, type Grants, sees } from '../../roles/grants.ts';
import type { Write } from '../../store/port.ts';
import type { Reader } from '../reader.ts';
import type { ProposedChange } from './proposed-change.ts';

type UserResource = Resource<'DirectoryUser'>;

/**
 * Checks directory users and groups. A new user never takes an account's user ID as id, not even that of one long deleted:
 * policies name both alike. No two users have the same name. Returns what keeps their names, and the ids of those who are
 * deleted, from being given to accounts, by the user's id.
 */
export async function checkDirectory(change: ProposedChange): Promise<Map<string, Write[]>> {
  const { resources, current, reader, grants, report } = change;
  const writes = await keepIds(change);
  const users = ofKind('DirectoryUser', resources);
  checkGroups(change);
  const currentOf = (user: UserResource) => {
    const stored = current.get(user);
    return stored?.kind === 'DirectoryUser' ? stored.spec : undefined;
  };
  // Users who stay who they are were checked when they came; a directory may be large.
  const named = users.filter((user) => {
    const stored = currentOf(user);
    return !stored || userNameOf(stored) !== userNameOf(user.spec) || isBack(user.spec, stored);
  });
  if (named.length === 0) return writes;

  const reservations = await reader.findAll(
    'user_id',
    named.flatMap(({ spec }) => [spec.id, userNameOf(spec)]),
  );
  const owners = await visibleAccounts(
    [...reservations.values()].map(({ account }) => account).filter((id) => id !== undefined),
    reader,
    grants,
  );
  const holders = await readHolders(named, users, change, reservations);
  for (const user of named) {
    const { id } = user.spec;
    const name = userNameOf(user.spec);
    const isNew = currentOf(user) === undefined;
    const problem = isNew ? unseenProblem(id) : undefined;
    if (problem !== undefined) report(user, 'id', problem);
    const account = isNew ? reservations.get(id)?.account : undefined;
    if (account !== undefined)
      report(user, 'id', `is the user ID of ${owners(account)}, and is never given twice`);
    const nameProblem = name === id ? undefined : unseenProblem(name);
    if (nameProblem !== undefined) report(user, 'user_name', nameProblem);
    const holder = user.spec.deleted ? undefined : holders(name).find((other) => other !== id);
    if (holder !== undefined)
      report(
        user,
        name === id ? 'id' : 'user_name',
        `${name} is the name of directory user ${holder} already`,
      );
    const reservation = reservations.get(name);
    if (name !== id && reservation?.directory_user !== id)
      writes.set(id, [
        { key: { kind: 'user_id', id: name }, value: { ...reservation, id: name, directory_user: id } },
      ]);
  }
  return writes;
}

/** The id of a user who is deleted stays the directory's. */
async function keepIds({ removals, reader }: ProposedChange): Promise<Map<string, Write[]>> {
  const ids = ofKind('DirectoryUser', removals).map(({ spec }) => spec.id);
  const reservations = await reader.findAll('user_id', ids);
  return new Map(
    ids.map((id) => [
      id,
      [{ key: { kind: 'user_id', id }, value: { directory_user: id, ...reservations.get(id), id } }],
    ]),
  );
}

function isBack(user: DirectoryUser, before: DirectoryUser): boolean {
  return before.deleted === true && user.deleted === undefined;
}

/** Who will have a name: the users whose record it leads to, and those of the change itself. */
async function readHolders(
  named: readonly UserResource[],
  users: readonly UserResource[],
  { removals, reader }: ProposedChange,
  reservations: ReadonlyMap<string, { readonly directory_user?: string | undefined }>,
): Promise<(name: string) => string[]> {
  const ids = named.flatMap(({ spec }) => {
    const name = userNameOf(spec);
    return [name, reservations.get(name)?.directory_user].filter((id) => id !== undefined);
  });
  const next = await reader.findAll('directory_user', ids);
  for (const { spec } of users) next.set(spec.id, spec);
  for (const { spec } of ofKind('DirectoryUser', removals)) next.delete(spec.id);
  const byName = new Map<string, string[]>();
  for (const user of next.values()) {
    if (user.deleted) continue;
    const holders = byName.get(userNameOf(user));
    if (holders) holders.push(user.id);
    else byName.set(userNameOf(user), [user.id]);
  }
  return (name) => byName.get(name) ?? [];
}

/** Group ids that are new are seen, and no user is in a group that goes with the same change. */
function checkGroups({ resources, removals, current, report }: ProposedChange): void {
  const leaving = new Set(ofKind('DirectoryGroup', removals).map(({ spec }) => spec.id));
  for (const group of ofKind('DirectoryGroup', resources)) {
    const problem = current.get(group) ? undefined : unseenProblem(group.spec.id);
    if (problem !== undefined) report(group, 'id', problem);
  }
  for (const user of ofKind('DirectoryUser', resources)) {
    const stored = current.get(user);
    const had = new Set<string>(stored?.kind === 'DirectoryUser' ? stored.spec.groups : []);
    for (const [index, group] of user.spec.groups.entries()) {
      const problem = had.has(group) ? undefined : unseenProblem(group);
      if (problem !== undefined) report(user, `groups[${index}]`, problem);
      if (leaving.has(group))
        report(user, `groups[${index}]`, `group ${group} is deleted with the same change`);
    }
  }
}

/** Makes a function that names an account, or says only "an account" if the caller may not see it. */
async function visibleAccounts(
  ids: readonly string[],
  reader: Reader,
  grants: Grants,
): Promise<(id: string) => string> {
  if (grants === ALL_GRANTS) return (id) => `service account ${id}`;
  const accounts = await reader.findAll('service_account', ids);
  return (id) => {
    const account = accounts.get(id);
    return account && sees(grants, account.namespace) ? `service account ${id}` : 'a service account';
  };
}
