import { z } from 'zod';
import { GroupId } from './group-id.ts';
import { identifier } from './identifier-schema.ts';
import { UserId } from './user-id.ts';

const MAX_CLAIM = 4096;

/** Not a union, which keeps a list of mistakes for each value that is none: a request may have hundreds of thousands. */
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

/** How an identity provider names what it sends. */
export const ExternalId = z.string().min(1).max(1024);

/** Of one user: what is known of a caller is worked out from all of them, whenever one of its records changes. */
const MAX_CLAIMS = 256;

/** Who a service account may impersonate. Global: directory users belong to no namespace. */
export const DirectoryUser = z.strictObject({
  /** What policies, tokens and `impersonate` name; never changes. */
  id: identifier(UserId),
  /** The name that the identity provider knows the user by, which may change; absent if it is the id. */
  user_name: identifier(UserId).optional(),
  email: z.string().max(320).default(''),
  name: z.string().max(256).default(''),
  groups: z.array(identifier(GroupId)).max(10_000).default([]),
  claims: z
    .record(z.string().max(256), z.array(ClaimValue).max(1000))
    .refine((claims) => Object.keys(claims).length <= MAX_CLAIMS, {
      error: `expected at most ${MAX_CLAIMS} claims`,
    })
    .default({}),
  /** False: no account stands for the user any more, though it may stay in the directory. */
  active: z.boolean().default(true),
  /** The identity provider's own name for the user; RFC 7643 §3.1. */
  external_id: ExternalId.optional(),
  /** Parts of the name, as far as the identity provider told them. */
  given_name: z.string().max(256).optional(),
  family_name: z.string().max(256).optional(),
  /**
   * The user was deleted while service accounts stood for them. An identity provider finds no such user; the accounts stay
   * disabled, until an admin enables them once the directory uses the id again.
   */
  deleted: z.literal(true).optional(),
});
export type DirectoryUser = z.infer<typeof DirectoryUser>;

/** The name that the identity provider knows the user by. */
export function userNameOf({ id, user_name }: Pick<DirectoryUser, 'id' | 'user_name'>): UserId {
  return user_name ?? id;
}

/** What stays of a user who is deleted while accounts stand for them. */
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

export const DirectoryGroup = z.strictObject({
  id: identifier(GroupId),
  name: z.string().max(256).default(''),
  external_id: ExternalId.optional(),
});
export type DirectoryGroup = z.infer<typeof DirectoryGroup>;
