import { parseResource } from '../../manifests/read-resource-value.ts';

import { REQUEST, type Resource } from '../../manifests/resource.ts';
import type { Reader } from '../../operations/reader.ts';
import type { DirectoryContent } from './directory-content.ts';
import { MAX_MEMBERS } from './group-body.ts';
import { ScimRefusal } from './scim-refusal.ts';

/** More names would not help. */
const NAMED = 5;

/**
 * The users as they are once a group has other members: who is in a group is kept with the users, where decisions look.
 * Throws `ScimRefusal`, `ResourceError`.
 */
export async function planMembership(
  group: string,
  before: readonly string[],
  after: ReadonlySet<string>,
  directory: DirectoryContent,
  reader: Reader,
): Promise<Resource[]> {
  const current = new Set(before);
  const changed = [...before.filter((id) => !after.has(id)), ...[...after].filter((id) => !current.has(id))];
  if (changed.length > MAX_MEMBERS)
    throw new ScimRefusal(413, `expected at most ${MAX_MEMBERS} members to change with one request`);
  const unknown = [...after].filter((id) => !directory.hasUser(id));
  if (unknown.length > 0) {
    const rest = unknown.length > NAMED ? ` and ${unknown.length - NAMED} more` : '';
    const names = unknown.slice(0, NAMED).map((id) => JSON.stringify(id));
    throw new ScimRefusal('invalidValue', `members: there is no user ${names.join(', ')}${rest}`);
  }
  const users = await reader.findAll('directory_user', changed);
  return [...users.values()].map((user) => {
    const others = user.groups.filter((one) => one !== group);
    const groups = after.has(user.id) ? [...others, group] : others;
    return parseResource('DirectoryUser', { ...user, groups }, REQUEST);
  });
}
