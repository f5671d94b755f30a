import { type DirectoryUser, userNameOf } from '../../accounts/directory-schema.ts';
import { SCIM_PREFIX, USER_SCHEMA } from './scim-schemas.ts';
import { versionOf } from './version.ts';

/** A user as SCIM has it; RFC 7643 §4.1. */
export interface UserResource extends UserAttributes {
  readonly schemas: readonly string[];
  readonly id: string;
  readonly groups?: readonly object[];
  readonly meta: { readonly resourceType: 'User'; readonly location: string; readonly version: string };
}

/** What an identity provider writes. */
export interface UserAttributes {
  readonly userName: string;
  readonly externalId?: string;
  readonly displayName?: string;
  readonly name?: { readonly formatted?: string; readonly givenName?: string; readonly familyName?: string };
  readonly emails?: readonly { readonly value: string; readonly type: 'work'; readonly primary: true }[];
  readonly active: boolean;
}

export function userAttributes(user: DirectoryUser): UserAttributes {
  const { name, email, active, external_id, given_name, family_name } = user;
  return {
    userName: userNameOf(user),
    ...(external_id !== undefined && { externalId: external_id }),
    ...(name !== '' && { displayName: name }),
    ...((name !== '' || given_name !== undefined || family_name !== undefined) && {
      name: {
        ...(name !== '' && { formatted: name }),
        ...(given_name !== undefined && { givenName: given_name }),
        ...(family_name !== undefined && { familyName: family_name }),
      },
    }),
    ...(email !== '' && { emails: [{ value: email, type: 'work', primary: true }] }),
    active,
  };
}

/** @param groupName the name of a group; undefined if it has no record */
export function userResource(
  user: DirectoryUser,
  groupName: (group: string) => string | undefined,
): UserResource {
  const groups = user.groups.map((value) => {
    const display = groupName(value);
    return {
      value,
      ...(display !== undefined && { display, $ref: groupLocation(value) }),
      type: 'direct',
    };
  });
  const resource = {
    schemas: [USER_SCHEMA],
    id: user.id,
    ...userAttributes(user),
    ...(groups.length > 0 && { groups }),
  };
  const meta = {
    resourceType: 'User',
    location: userLocation(user.id),
    version: versionOf(resource),
  } as const;
  return { ...resource, meta };
}

export function userLocation(id: string): string {
  return `${SCIM_PREFIX}/Users/${encodeURIComponent(id)}`;
}

export function groupLocation(id: string): string {
  return `${SCIM_PREFIX}/Groups/${encodeURIComponent(id)}`;
}
