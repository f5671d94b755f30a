import type { DirectoryGroup } from '../../accounts/directory-schema.ts';
import { createTest, parseFilter } from './filter.ts';
import { parseMembers } from './group-body.ts';
import { groupMember } from './group-resource.ts';
import type { PatchOperation } from './patch-request.ts';
import { ScimRefusal } from './scim-refusal.ts';

export interface GroupState {
  readonly name: string;
  readonly externalId: string | undefined;
  readonly members: ReadonlySet<string>;
}

/**
 * The group after the operations, all of them or none. Members are a set of ids here, not a list of objects to be
 * searched, for there may be thousands. Throws `ScimRefusal`.
 */
export function patchGroup(
  group: DirectoryGroup,
  members: readonly string[],
  operations: readonly PatchOperation[],
): GroupState {
  let { name, external_id: externalId } = group;
  const next = new Set(members);
  for (const operation of operations) {
    const { op, attribute, filter, sub, value } = operation;
    if (attribute !== 'members' && (filter !== undefined || sub !== undefined))
      throw new ScimRefusal('invalidPath', `${attribute} has no parts`);
    switch (attribute) {
      case 'displayName':
        name = textOf(attribute, op === 'remove' ? undefined : value);
        break;
      case 'externalId':
        externalId = op === 'remove' || value === null ? undefined : textOf(attribute, value);
        break;
      case 'members':
        patchMembers(next, operation);
        break;
      case 'id':
        if (value !== group.id) throw new ScimRefusal('mutability', "id can't be written");
        break;
      case 'schemas':
      case 'meta':
        break;
      default:
        throw new ScimRefusal('invalidPath', `a group has no attribute ${JSON.stringify(attribute)}`);
    }
  }
  return { name, externalId, members: next };
}

function textOf(attribute: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new ScimRefusal('invalidValue', `expected a text as ${attribute}`);
}

function patchMembers(members: Set<string>, { op, filter, sub, value }: PatchOperation): void {
  if (sub !== undefined)
    throw new ScimRefusal('mutability', 'a member is added or removed, and never changed');
  if (op !== 'remove' && filter !== undefined)
    throw new ScimRefusal('invalidPath', 'members takes a filter where they are removed');
  if (op === 'replace') members.clear();
  if (op !== 'remove') {
    for (const id of value === null ? [] : parseMembers(value)) members.add(id);
    return;
  }
  if (filter !== undefined) {
    const test = createTest(parseFilter(`members[${filter}]`));
    for (const id of [...members]) if (test({ members: [groupMember(id)] })) members.delete(id);
  } else if (value === undefined || value === null) members.clear();
  else for (const id of parseMembers(value)) members.delete(id);
}
