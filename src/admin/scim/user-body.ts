import { z } from 'zod';
import { type DirectoryUser, userNameOf } from '../../accounts/directory-schema.ts';
import { withCanonicalNames } from './canonical-names.ts';
import type { Attempt } from './deactivation.ts';
import { optionalField, parseScimBody, ScimBoolean } from './scim-body.ts';
import { USER_SCHEMA } from './scim-schemas.ts';
import { type UserAttributes, userAttributes } from './user-resource.ts';

const Text = optionalField(z.string());

const Email = z.object({ value: Text, type: Text, primary: optionalField(ScimBoolean) });

/** What is read of a user; the rest of the core schema, and every extension, is passed over. */
const fields = {
  userName: z.string(),
  externalId: Text,
  displayName: Text,
  name: optionalField(z.object({ formatted: Text, givenName: Text, familyName: Text })),
  emails: optionalField(z.array(Email).max(100)),
  active: optionalField(ScimBoolean),
};
export const UserBody = z.object(fields);
export type UserBody = z.output<typeof UserBody>;

export function parseUserBody(body: unknown): UserBody {
  return parseScimBody(UserBody, USER_SCHEMA, body);
}

/**
 * The user that a body of PUT makes, as far as each of its attributes can be read and kept; the others stay as they are.
 * @param attempt see `UserChange`
 */
export async function replaceUserInParts(
  user: DirectoryUser,
  body: unknown,
  attempt: Attempt,
): Promise<DirectoryUser> {
  const wanted = Attributes.safeParse(withCanonicalNames(body)).data ?? {};
  const before = userAttributes(user);
  // Not a whole user, so that what it leaves out is not to be taken away.
  if (typeof wanted.userName !== 'string') {
    await attempt('userName', () => parseUserBody(wanted));
    return user;
  }
  let parts: Readonly<Record<string, unknown>> = { userName: before.userName };
  const names = ['userName', 'externalId', 'displayName', 'name', 'emails'] as const;
  for (const name of names) {
    const next = { ...parts, ...(name in wanted && { [name]: wanted[name] }) };
    const made = await attempt(name, () => userOfBody(parseUserBody(next), user));
    parts = made ? next : { ...parts, [name]: before[name] };
  }
  const kept = parts;
  return (await attempt('all of them', () => userOfBody(parseUserBody(kept), user))) ?? user;
}

const Attributes = z.record(z.string(), z.unknown());

/**
 * The user that a body makes, as a new one of an id or in place of `current`. Groups and claims stay: the one are changed through
 * the groups, and an identity provider knows nothing of the other. So do `active` and `externalId` where the body does not
 * mention them (RFC 7644 §3.5.1 leaves that open): an omission never activates a user.
 */
export function userOfBody(
  body: UserBody,
  current: DirectoryUser | undefined,
  id: string = current?.id ?? body.userName,
): object {
  const { displayName, name, userName } = body;
  const parts = joinName(name?.givenName, name?.familyName);
  return withoutUndefined({
    id,
    user_name: userNameField(userName, id, current),
    name: displayName || name?.formatted || parts,
    email: emailOf(body.emails),
    given_name: name?.givenName,
    family_name: name?.familyName,
    external_id: body.externalId || current?.external_id,
    active: body.active ?? current?.active ?? true,
    groups: current?.groups ?? [],
    claims: current?.claims ?? {},
  });
}

/**
 * The user after a PATCH. The name that people read follows what was changed: `displayName`, else `name.formatted`, else
 * the parts that it was made of.
 */
export function userOfPatch(before: UserAttributes, after: UserBody, current: DirectoryUser): object {
  const wasOfParts =
    current.name === '' || current.name === joinName(before.name?.givenName, before.name?.familyName);
  const partsChanged =
    before.name?.givenName !== after.name?.givenName || before.name?.familyName !== after.name?.familyName;
  let { name } = current;
  if (after.displayName !== before.displayName) name = after.displayName ?? '';
  else if (after.name?.formatted !== undefined && after.name.formatted !== before.name?.formatted)
    name = after.name.formatted;
  else if (partsChanged && wasOfParts) name = joinName(after.name?.givenName, after.name?.familyName);
  const { deleted: _deleted, ...kept } = current;
  return withoutUndefined({
    ...kept,
    user_name: userNameField(after.userName, current.id, current),
    name,
    email: emailOf(after.emails),
    given_name: after.name?.givenName,
    family_name: after.name?.familyName,
    external_id: after.externalId || undefined,
    active: after.active ?? current.active,
  });
}

/**
 * The name of a user beside the id; undefined if it is the id. Letter case alone is no other name.
 * @param current undefined for one who is new
 */
function userNameField(name: string, id: string, current: DirectoryUser | undefined): string | undefined {
  const now = current && userNameOf(current);
  const next = now?.toLowerCase() === name.toLowerCase() ? now : name;
  return next === id ? undefined : next;
}

function joinName(given: string | undefined, family: string | undefined): string {
  return [given, family].filter((part) => part !== undefined && part !== '').join(' ');
}

function emailOf(emails: UserBody['emails'] = []): string {
  const usable = emails.filter(({ value }) => value !== undefined && value !== '');
  // One that was added as the primary one comes after the one that was it (RFC 7644 §3.5.2.1).
  const chosen =
    usable.findLast(({ primary }) => primary) ??
    usable.find(({ type }) => type?.toLowerCase() === 'work') ??
    usable[0];
  return chosen?.value ?? '';
}

function withoutUndefined(fields: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
