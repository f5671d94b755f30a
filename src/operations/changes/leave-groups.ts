import { GLOBAL } from '../../accounts/namespace-id.ts';
import { ofKind, type Resource, ResourceError } from '../../manifests/resource.ts';
import { type Grants, holds } from '../../roles/grants.ts';
import type { Reader } from '../reader.ts';
import type { Removal } from './proposed-change.ts';

/** Users that one change may take from the groups that it deletes. */
const MAX_MEMBERS = 20_000;

/**
 * The users of groups that are deleted, without them: a group of the same id that is made later begins empty. Those that the
 * change writes itself are left out. Throws `ResourceError` if there are too many.
 */
export async function leaveGroups(
  removals: readonly Removal[],
  resources: readonly Resource[],
  reader: Reader,
  grants: Grants,
): Promise<Resource[]> {
  const leaving = new Map<string, Removal>(
    ofKind('DirectoryGroup', removals).map((removal) => [removal.spec.id, removal]),
  );
  // Other authors are refused later, without reading the members.
  if (leaving.size === 0 || !holds(grants, 'admin', GLOBAL)) return [];
  const written = new Set<string>(
    ofKind('DirectoryUser', [...resources, ...removals]).map(({ spec }) => spec.id),
  );
  const users: Resource[] = [];
  for await (const user of reader.all('directory_user')) {
    const cause = user.groups.map((group) => leaving.get(group)).find((removal) => removal !== undefined);
    if (!cause || written.has(user.id)) continue;
    if (users.length === MAX_MEMBERS)
      throw new ResourceError([
        {
          origin: cause.origin,
          path: `DirectoryGroup ${cause.spec.id}`,
          message: `has more than ${MAX_MEMBERS} members: take some of them out first`,
        },
      ]);
    const groups = user.groups.filter((group) => !leaving.has(group));
    users.push({ kind: 'DirectoryUser', spec: { ...user, groups }, origin: cause.origin });
  }
  return users;
}
