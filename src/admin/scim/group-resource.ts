import type { DirectoryGroup } from '../../accounts/directory-schema.ts';
import { nameOfGroup } from './directory-content.ts';
import { GROUP_SCHEMA } from './scim-schemas.ts';
import { groupLocation, userLocation } from './user-resource.ts';
import { versionOf } from './version.ts';

/** A group as SCIM has it; RFC 7643 §4.2. */
export interface GroupResource {
  readonly schemas: readonly string[];
  readonly id: string;
  readonly externalId?: string;
  readonly displayName: string;
  readonly members?: readonly object[];
  readonly meta: { readonly resourceType: 'Group'; readonly location: string; readonly version: string };
}

/** @param members the ids of its users */
export function groupResource(group: DirectoryGroup, members: readonly string[]): GroupResource {
  const { id, external_id } = group;
  const resource = {
    schemas: [GROUP_SCHEMA],
    id,
    ...(external_id !== undefined && { externalId: external_id }),
    displayName: nameOfGroup(group),
  };
  const version = versionOf({ ...resource, members });
  return {
    ...resource,
    ...(members.length > 0 && { members: members.map(groupMember) }),
    meta: { resourceType: 'Group', location: groupLocation(id), version },
  };
}

export function groupMember(id: string) {
  return { value: id, $ref: userLocation(id), type: 'User' };
}
