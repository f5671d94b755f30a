import { ScimError as PatchError, type ScimPatchOperation, scimPatch } from 'scim-patch';
import type { Filter } from 'scim2-parse-filter';
import { z } from 'zod';
import type { DirectoryUser } from '../../accounts/directory-schema.ts';
import type { Attempt } from './deactivation.ts';
import { parseFilter } from './filter.ts';
import type { PatchOperation } from './patch-request.ts';
import { ScimBoolean, singleValue } from './scim-body.ts';
import { ScimRefusal } from './scim-refusal.ts';
import { USER_SCHEMA } from './scim-schemas.ts';
import { parseUserBody, userOfPatch } from './user-body.ts';
import { userAttributes } from './user-resource.ts';

/** What can be changed, and the parts of it that are kept. */
const KEPT: ReadonlyMap<string, readonly string[]> = new Map([
  ['userName', []],
  ['externalId', []],
  ['displayName', []],
  ['active', []],
  ['name', ['formatted', 'givenName', 'familyName']],
  ['emails', ['value', 'type', 'primary', 'display']],
]);
/** Of the core schema (RFC 7643 §4.1), and not kept: identity providers send them all the same. */
const PASSED_OVER = new Set([
  ...[
    'schemas',
    'meta',
    'nickName',
    'profileUrl',
    'title',
    'userType',
    'preferredLanguage',
    'locale',
    'timezone',
  ],
  ...['password', 'phoneNumbers', 'ims', 'photos', 'addresses', 'entitlements', 'roles', 'x509Certificates'],
]);
const NAME_PARTS_PASSED_OVER = new Set(['middleName', 'honorificPrefix', 'honorificSuffix']);

/** The fields of the user after the operations, all of them or none. Throws `ScimRefusal`. */
export function patchUser(user: DirectoryUser, operations: readonly PatchOperation[]): object {
  const before = userAttributes(user);
  const document = {
    schemas: [USER_SCHEMA],
    meta: { created: new Date(0), lastModified: new Date(0) },
    ...structuredClone(before),
  };
  const accepted = operations.flatMap((operation) => acceptOperation(operation, user.id));
  let after: object;
  try {
    after = scimPatch(document, accepted);
  } catch (error) {
    if (!(error instanceof PatchError)) throw error;
    throw new ScimRefusal(error.scimCode === 'noTarget' ? 'noTarget' : 'invalidValue', error.message);
  }
  return userOfPatch(before, parseUserBody(after), user);
}

/**
 * Makes the operations of a message one after the other, as far as each can be read and made.
 * @param attempt see `UserChange`
 */
export async function patchUserInParts(
  user: DirectoryUser,
  operations: readonly (() => PatchOperation[])[],
  attempt: Attempt,
): Promise<DirectoryUser> {
  let current = user;
  for (const [index, read] of operations.entries()) {
    const before = current;
    current = (await attempt(`Operations[${index}]`, () => patchUser(before, read()))) ?? before;
  }
  return current;
}

/** As the library takes it, made of names that are known alone: it goes wherever a path leads. */
function acceptOperation(operation: PatchOperation, id: string): ScimPatchOperation[] {
  const { op, attribute, filter, sub } = operation;
  const value = isSingular(operation) ? singleValue(operation.value) : operation.value;
  if (attribute === 'id' && value === id) return [];
  if (attribute === 'id' || attribute === 'groups')
    throw new ScimRefusal('mutability', `${attribute} can't be written here`);
  if (PASSED_OVER.has(attribute)) return [];
  const subs = KEPT.get(attribute);
  if (!subs) throw new ScimRefusal('invalidPath', `a user has no attribute ${JSON.stringify(attribute)}`);
  if (attribute === 'name' && sub !== undefined && NAME_PARTS_PASSED_OVER.has(sub)) return [];
  if (sub !== undefined && !subs.includes(sub))
    throw new ScimRefusal('invalidPath', `${attribute} has no part ${JSON.stringify(sub)}`);
  if (filter !== undefined) {
    if (attribute !== 'emails') throw new ScimRefusal('invalidPath', `${attribute} takes no filter`);
    checkEmailFilter(parseFilter(filter), subs);
  }
  const path = `${attribute}${filter === undefined ? '' : `[${filter}]`}${sub === undefined ? '' : `.${sub}`}`;
  if (attribute === 'emails' && filter === undefined) return acceptEmails(operation);
  if (op === 'remove') return [{ op, path }];
  const isWhole = sub === undefined && filter === undefined && attribute !== 'name';
  const schema: z.ZodType =
    isWhole || sub !== undefined ? Simple : attribute === 'name' ? NameParts : EmailParts;
  // Entra ID writes booleans as text, which the document would keep.
  const parsed =
    attribute === 'active' ? parseValue(ScimBoolean, value, path) : parseValue(schema, value, path);
  return [{ op, path, value: parsed }];
}

function isSingular({ attribute, filter, sub }: PatchOperation): boolean {
  return sub !== undefined || (filter === undefined && attribute !== 'emails' && attribute !== 'name');
}

const Simple = z.union([z.string(), z.boolean(), z.null()]);
const NameParts = z.object({
  formatted: Simple.optional(),
  givenName: Simple.optional(),
  familyName: Simple.optional(),
});
const EmailParts = z.object({
  value: Simple.optional(),
  type: Simple.optional(),
  primary: Simple.optional(),
});
const Emails = z
  .union([z.array(EmailParts).max(100), EmailParts, z.null()])
  .transform((emails) => (Array.isArray(emails) ? emails : [emails ?? {}]));

/** Addresses as a list, or one of them alone; those to remove are named by their values. */
function acceptEmails({ op, sub, value }: PatchOperation): ScimPatchOperation[] {
  const path = 'emails';
  if (op === 'remove') {
    if (value === undefined || value === null || sub !== undefined) return [{ op, path }];
    return parseValue(Emails, value, path).map((email) => ({
      op,
      path: `emails[value eq ${JSON.stringify(email.value ?? '')}]`,
    }));
  }
  if (sub === undefined) return [{ op, path, value: parseValue(Emails, value, path) }];
  if (sub !== 'value') throw new ScimRefusal('invalidPath', `emails.${sub} needs a filter: which of them?`);
  return [{ op: 'replace', path, value: [{ value: parseValue(Simple, value, path) }] }];
}

/** Nothing but what is known goes to the library. Throws `ScimRefusal`. */
function parseValue<T>(schema: z.ZodType<T>, value: unknown, path: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ScimRefusal('invalidValue', `the value of ${path} is none that it can have`);
}

function checkEmailFilter(filter: Filter, subs: readonly string[]): void {
  switch (filter.op) {
    case 'and':
    case 'or':
      for (const one of filter.filters) checkEmailFilter(one, subs);
      return;
    case 'not':
      checkEmailFilter(filter.filter, subs);
      return;
    default:
      if (filter.op === '[]' || !subs.includes(filter.attrPath))
        throw new ScimRefusal('invalidFilter', `emails has no part ${JSON.stringify(filter.attrPath)}`);
  }
}
