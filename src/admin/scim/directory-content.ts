import { type DirectoryGroup, type DirectoryUser, userNameOf } from '../../accounts/directory-schema.ts';

interface IndexedUser {
  readonly name: string;
  readonly externalId: string | undefined;
  readonly groups: readonly string[];
}

/**
 * What identity providers look things up by, of the whole directory at one moment: names, external ids, who is in which
 * group. Of users that were deleted only the ids are in it.
 */
export class DirectoryContent {
  readonly #users = new Map<string, IndexedUser>();
  readonly #groups = new Map<string, DirectoryGroup>();
  /** Those of deleted users, too, in lower case. */
  readonly #ids = new MultiMap();
  /** By names in lower case and by external ids. */
  readonly #usersByName = new MultiMap();
  readonly #usersByExternalId = new MultiMap();
  readonly #groupsByName = new MultiMap();
  readonly #groupsByExternalId = new MultiMap();
  readonly #members = new MultiMap();
  #userIds: readonly string[] | undefined;
  #groupIds: readonly string[] | undefined;

  setUser(id: string, user: DirectoryUser | undefined): void {
    const before = this.#users.get(id);
    if (before) {
      this.#usersByName.delete(before.name.toLowerCase(), id);
      this.#usersByExternalId.delete(before.externalId, id);
      for (const group of before.groups) this.#members.delete(group, id);
      this.#users.delete(id);
    }
    if (user) this.#ids.add(id.toLowerCase(), id);
    else this.#ids.delete(id.toLowerCase(), id);
    const isThere = user !== undefined && user.deleted === undefined;
    if (isThere) {
      const name = userNameOf(user);
      this.#users.set(id, { name, externalId: user.external_id, groups: user.groups });
      this.#usersByName.add(name.toLowerCase(), id);
      this.#usersByExternalId.add(user.external_id, id);
      for (const group of user.groups) this.#members.add(group, id);
    }
    if ((before !== undefined) !== isThere) this.#userIds = undefined;
  }

  setGroup(id: string, group: DirectoryGroup | undefined): void {
    const before = this.#groups.get(id);
    if (before) {
      this.#groupsByName.delete(nameOfGroup(before).toLowerCase(), id);
      this.#groupsByExternalId.delete(before.external_id, id);
      this.#groups.delete(id);
    }
    if (group) {
      this.#groups.set(id, group);
      this.#groupsByName.add(nameOfGroup(group).toLowerCase(), id);
      this.#groupsByExternalId.add(group.external_id, id);
    }
    this.#groupIds = undefined;
  }

  /** In the order of their characters. */
  userIds(): readonly string[] {
    this.#userIds ??= [...this.#users.keys()].sort();
    return this.#userIds;
  }

  groupIds(): readonly string[] {
    this.#groupIds ??= [...this.#groups.keys()].sort();
    return this.#groupIds;
  }

  group(id: string): DirectoryGroup | undefined {
    return this.#groups.get(id);
  }

  hasUser(id: string): boolean {
    return this.#users.has(id);
  }

  /** Those whose name it is, in any letter case. */
  usersNamed(name: string): string[] {
    return this.#usersByName.get(name.toLowerCase());
  }

  /** Whether a user has the id, or had it, in any letter case. */
  isUserId(id: string): boolean {
    return this.#ids.get(id.toLowerCase()).length > 0;
  }

  usersOf(externalId: string): string[] {
    return this.#usersByExternalId.get(externalId);
  }

  groupsNamed(name: string): string[] {
    return this.#groupsByName.get(name.toLowerCase());
  }

  groupsOf(externalId: string): string[] {
    return this.#groupsByExternalId.get(externalId);
  }

  /** The ids of those in a group, whether or not there is a record of it. */
  membersOf(group: string): string[] {
    return this.#members.get(group);
  }
}

/** One made by `apply` may have no name, and SCIM knows no group without: it is called by its id. */
export function nameOfGroup({ id, name }: DirectoryGroup): string {
  return name === '' ? id : name;
}

/** Several ids under one key. */
class MultiMap {
  readonly #sets = new Map<string, Set<string>>();

  get(key: string): string[] {
    return [...(this.#sets.get(key) ?? [])].sort();
  }

  add(key: string | undefined, id: string): void {
    if (key === undefined) return;
    const ids = this.#sets.get(key);
    if (ids) ids.add(id);
    else this.#sets.set(key, new Set([id]));
  }

  delete(key: string | undefined, id: string): void {
    if (key === undefined) return;
    const ids = this.#sets.get(key);
    ids?.delete(id);
    if (ids?.size === 0) this.#sets.delete(key);
  }
}
