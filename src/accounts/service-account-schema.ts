import { z } from 'zod';
import { Author } from '../activity/author-schema.ts';
import { CredentialId } from '../credentials/credential-id.ts';
import { AccountId } from './account-id.ts';
import { identifier } from './identifier-schema.ts';
import { NamespaceId } from './namespace-id.ts';
import { Timestamp } from './timestamp-schema.ts';
import { UserId } from './user-id.ts';

/** The part of a service account that an operator writes; the kind `ServiceAccount` of `apply`. */
const fields = {
  id: identifier(AccountId).describe('Chosen by the operator, or generated; never changes.'),
  namespace: identifier(NamespaceId).describe('The namespace that it belongs to.'),
  user_id: identifier(UserId)
    .optional()
    .describe('The user ID that policies match. Absent if the account impersonates a directory user.'),
  impersonate: identifier(UserId)
    .optional()
    .describe('The directory user whose user ID, email, groups and claims the account has.'),
  description: z.string().max(1024).default('').describe('What it is for.'),
  expires_at: Timestamp.optional().describe('When its credentials expire. Absent: never.'),
  disabled: z.boolean().default(false).describe('Whether its credentials are refused for now.'),
  pomerium: z
    .boolean()
    .default(false)
    .describe('Whether a JWT that Pomerium made for the account is accepted.'),
};
const standsForOne = (account: { user_id?: unknown; impersonate?: unknown }) =>
  (account.user_id === undefined) !== (account.impersonate === undefined);
const standsForOneError = { error: 'expected either user_id or impersonate, and not both' };

export const ServiceAccountSpec = z
  .strictObject(fields)
  .refine(standsForOne, standsForOneError)
  .meta({
    id: 'ServiceAccountSpec',
    description: 'The part of a service account that an operator writes: either `user_id` or `impersonate`.',
    example: {
      id: 'report',
      namespace: 'shop',
      user_id: 'report',
      description: 'Nightly report',
      disabled: false,
    },
  });
export type ServiceAccountSpec = z.infer<typeof ServiceAccountSpec>;

/** A service account as it is stored. */
export const ServiceAccount = z
  .strictObject({
    ...fields,
    created_at: Timestamp,
    /** Absent if an older version created it. */
    created_by: Author.optional(),
    credentials: z.array(identifier(CredentialId)).max(1000).default([]),
  })
  .refine(standsForOne, standsForOneError);
export type ServiceAccount = z.infer<typeof ServiceAccount>;

/** The user ID of the account's tokens: its own, or that of the directory user that it impersonates. */
export function userIdOf({ id, user_id, impersonate }: ServiceAccount): UserId {
  const userId = user_id ?? impersonate;
  if (userId === undefined) throw new Error(`service account ${id} has no user ID`);
  return userId;
}

/**
 * One JWT of a service account by its `jti`. The JWT itself is never stored. The id of a JWT that Pomerium issued
 * (`pomerium`) is the account's id.
 */
export const Credential = z.strictObject({
  id: identifier(CredentialId),
  account: identifier(AccountId),
  purpose: z.enum(['mesh', 'admin', 'pomerium']),
  label: z.string().max(256).default(''),
  issued_at: Timestamp,
  expires_at: Timestamp.optional(),
  revoked_at: Timestamp.optional(),
  /** The key that signed it. Absent if an older version issued it. */
  kid: z.string().max(256).optional(),
  /** Who issued it and so may know the JWT. Absent if an older version issued it. */
  issued_by: Author.optional(),
});
export type Credential = z.infer<typeof Credential>;

/**
 * A name that is reserved forever: the user ID of an account that does not impersonate, or a name that a directory user
 * has or had in addition to its id.
 */
export const UserIdReservation = z.strictObject({
  id: identifier(UserId),
  account: identifier(AccountId).optional(),
  /** The account's namespace at its creation or deletion. It may come back only there. */
  namespace: identifier(NamespaceId).optional(),
  /** `created_revision` of that namespace. */
  created_revision: z.int().min(1).optional(),
  /** The directory user that has the name, or had it last. */
  directory_user: identifier(UserId).optional(),
});
export type UserIdReservation = z.infer<typeof UserIdReservation>;
