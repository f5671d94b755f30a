import { z } from 'zod';
import { GroupId } from './group-id.ts';
import { identifier } from './identifier-schema.ts';
import { UserId } from './user-id.ts';

const MAX_CLAIM = 4096;

/** Not a union, which collects issues for each invalid value: a request may have hundreds of thousands. */
export const ClaimValue = z
  .custom<string | number | boolean>(isClaimValue, {
    error: `expected text of at most ${MAX_CLAIM} characters, a number, true or false`,
  })
  .meta({ anyOf: [{ type: 'string', maxLength: MAX_CLAIM }, { type: 'number' }, { type: 'boolean' }] });
export type ClaimValue = z.infer<typeof ClaimValue>;

function isClaimValue(value: unknown): boolean {
  if (typeof value === 'string') return value.length <= MAX_CLAIM;
  return typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value));
}

/** The identity provider's own id of a resource. */
export const ExternalId = z.string().min(1).max(1024);

/** Claims of one user. All are read again whenever a record of the caller changes. */
const MAX_CLAIMS = 256;

/** A user that service accounts may impersonate. Directory users belong to no namespace. */
export const DirectoryUser = z
  .strictObject({
    id: identifier(UserId).describe('What policies, tokens and `impersonate` name; never changes.'),
    user_name: identifier(UserId)
      .optional()
      .describe(
        'The name that the identity provider knows the user by, which may change. Absent if it is the id.',
      ),
    email: z.string().max(320).default('').describe('The email address that policies see.'),
    name: z.string().max(256).default('').describe('A name for people.'),
    groups: z.array(identifier(GroupId)).max(10_000).default([]).describe('Ids of the groups of the user.'),
    claims: z
      .record(z.string().max(256), z.array(ClaimValue).max(1000))
      .refine((claims) => Object.keys(claims).length <= MAX_CLAIMS, {
        error: `expected at most ${MAX_CLAIMS} claims`,
      })
      .default({})
      .describe('Values by the name of the claim, as policies see them.'),
    active: z.boolean().default(true).describe('False: no account can impersonate the user.'),
    external_id: ExternalId.optional().describe("The identity provider's own id of the user; RFC 7643 §3.1."),
    given_name: z.string().max(256).optional().describe('As the identity provider has it.'),
    family_name: z.string().max(256).optional().describe('As the identity provider has it.'),
    deleted: z
      .literal(true)
      .optional()
      .describe(
        'The user was deleted while service accounts impersonated it. They stay disabled until the directory uses the id again and an admin enables them.',
      ),
  })
  .meta({
    id: 'DirectoryUser',
    description: 'A user whom service accounts may impersonate.',
    example: {
      id: 'ada',
      email: 'ada@example.com',
      name: 'Ada Lovelace',
      groups: ['engineering'],
      claims: { department: ['research'] },
      active: true,
    },
  });
export type DirectoryUser = z.infer<typeof DirectoryUser>;

/** The identity provider's name of the user. */
export function userNameOf({ id, user_name }: Pick<DirectoryUser, 'id' | 'user_name'>): UserId {
  return user_name ?? id;
}

/** The record that remains if a user is deleted while accounts impersonate it. */
export function tombstoneOf({ id, user_name }: Pick<DirectoryUser, 'id' | 'user_name'>): DirectoryUser {
  return {
    id,
    ...(user_name !== undefined && { user_name }),
    email: '',
    name: '',
    groups: [],
    claims: {},
    active: false,
    deleted: true,
  };
}

export const DirectoryGroup = z
  .strictObject({
    id: identifier(GroupId).describe('What directory users and policies name; never changes.'),
    name: z.string().max(256).default('').describe('A name for people.'),
    external_id: ExternalId.optional().describe(
      "The identity provider's own id of the group; RFC 7643 §3.1.",
    ),
  })
  .meta({
    id: 'DirectoryGroup',
    description: 'A group of directory users.',
    example: { id: 'engineering', name: 'Engineering' },
  });
export type DirectoryGroup = z.infer<typeof DirectoryGroup>;
