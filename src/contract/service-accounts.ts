import { z } from 'zod';
import { AccountId } from '../accounts/account-id.ts';
import { identifier } from '../accounts/identifier-schema.ts';
import { NamespaceId } from '../accounts/namespace-id.ts';
import { ServiceAccountSpec } from '../accounts/service-account-schema.ts';
import { Timestamp } from '../accounts/timestamp-schema.ts';
import { UserId } from '../accounts/user-id.ts';
import { CredentialId } from '../credentials/credential-id.ts';
import { DryRun, Flag, isTrue, operation, RESOURCE_BYTES, RevokeOthers } from './operation.ts';
import { pageOf, SearchQuery } from './page.ts';
import { ChangeAnswer } from './resource.ts';

const AccountParams = z.strictObject({ id: identifier(AccountId) });
const Purpose = z.enum(['mesh', 'admin']);
const Days = z.coerce.number().int().min(0).max(36_500);
const Moment = z.string();

/** An account as operators see it. */
export const AccountView = z.strictObject({
  id: z.string(),
  user_id: z.string(),
  namespace: z.string(),
  impersonate: z.boolean(),
  description: z.string(),
  status: z.enum(['active', 'disabled', 'expired']),
  disabled: z.boolean(),
  pomerium: z.boolean(),
  created_at: Moment,
  expires_at: Moment.nullable(),
  credentials_expire_at: Moment.nullable().describe(
    'When it is left without a credential for the mesh, or for the admin API, where it has one; null for never.',
  ),
  last_used_at: Moment.nullable(),
});

export const CredentialView = z.strictObject({
  id: z.string(),
  purpose: z.enum(['mesh', 'admin', 'pomerium']),
  label: z.string(),
  status: z.enum(['active', 'revoked', 'expired']),
  issued_at: Moment,
  expires_at: Moment.nullable(),
  revoked_at: Moment.nullable(),
  last_used_at: Moment.nullable(),
  kid: z.string().nullable().describe('The key that signed it; null where an older version issued it.'),
});

/** The one answer that a JWT is in. */
const Issued = z.strictObject({
  id: z.string(),
  credential_id: z.string(),
  user_id: z.string(),
  namespace: z.string(),
  expires_at: Moment.nullable(),
  jwt: z.string().describe('Shown this once, and stored nowhere.'),
});

const Revoked = z.strictObject({ revoked: z.array(z.string()).describe('Ids of credentials.') });
const Switched = z.strictObject({ id: z.string(), disabled: z.boolean() });

const switchOf = (verb: 'disable' | 'enable', summary: string) =>
  operation({
    method: 'POST',
    path: `/service-accounts/{id}/${verb}`,
    summary,
    access: 'manager',
    params: AccountParams,
    query: DryRun,
    response: Switched,
  });

export const SERVICE_ACCOUNT_OPERATIONS = {
  list: operation({
    method: 'GET',
    path: '/service-accounts',
    summary: 'List service accounts, in the order of ids',
    access: 'viewer',
    query: SearchQuery.extend({
      status: z.enum(['active', 'disabled', 'expired']).optional(),
      expires_within_days: Days.optional().describe(
        'Only those that expire by then, or have; also where only their credentials do (credentials_expire_at).',
      ),
      unused_for_days: Days.optional().describe('Only those that nobody used for that long.'),
      impersonate: Flag.transform(isTrue).optional().describe('Whether they stand for a directory user.'),
      purpose: z
        .enum(['mesh', 'admin', 'pomerium'])
        .optional()
        .describe('Only those with a credential for this that is good.'),
      has_roles: Flag.transform(isTrue).optional().describe('Whether a role is bound to them.'),
      credentials: Flag.default('false')
        .transform(isTrue)
        .describe('Each with its credentials; never a JWT.'),
    }),
    response: pageOf(AccountView.extend({ credentials: z.array(CredentialView).optional() })),
  }),
  get: operation({
    method: 'GET',
    path: '/service-accounts/{id}',
    summary: 'Read a service account and its credentials; never a JWT',
    access: 'viewer',
    params: AccountParams,
    response: AccountView.extend({ credentials: z.array(CredentialView) }),
  }),
  create: operation({
    method: 'POST',
    path: '/service-accounts',
    summary: 'Make a service account; its JWT is in the answer and nowhere after',
    access: 'manager',
    body: z.strictObject({
      id: identifier(AccountId).optional().describe('Absent: a new one.'),
      namespace: identifier(NamespaceId),
      user_id: identifier(UserId).describe('Its own, or that of the directory user for whom it stands.'),
      impersonate: z.boolean().default(false),
      description: z.string().max(1024).default(''),
      expires_at: Timestamp.optional(),
      purpose: Purpose.default('mesh'),
    }),
    status: 201,
    response: Issued,
  }),
  bootstrap: operation({
    method: 'POST',
    path: '/service-accounts:bootstrap',
    summary: 'Make an admin of everything, or give one back its role, with a credential for the admin API',
    access: 'admin',
    local: true,
    body: z.strictObject({
      id: identifier(AccountId),
      user_id: identifier(UserId).optional().describe('Absent: the id.'),
      expires_at: Timestamp.optional(),
      revoke_others: z.boolean().default(false),
    }),
    status: 201,
    response: Issued.extend({ revoked: z.array(z.string()).describe('Ids of credentials.') }),
  }),
  put: operation({
    method: 'PUT',
    path: '/service-accounts/{id}',
    summary: 'Replace what an operator writes of a service account; another namespace moves it',
    access: 'manager',
    params: AccountParams,
    query: DryRun.extend(RevokeOthers),
    body: ServiceAccountSpec,
    response: ChangeAnswer,
    precondition: 'required',
  }),
  remove: operation({
    method: 'DELETE',
    path: '/service-accounts/{id}',
    summary: 'Delete a service account with its credentials and roles; its user ID stays taken',
    access: 'manager',
    params: AccountParams,
    query: DryRun,
    response: ChangeAnswer,
    precondition: 'optional',
  }),
  rotate: operation({
    method: 'POST',
    path: '/service-accounts/{id}/credentials',
    summary: 'Make a further credential; its JWT is in the answer and nowhere after',
    access: 'manager',
    params: AccountParams,
    body: z.strictObject({
      purpose: Purpose.default('mesh'),
      label: z.string().max(256).default(''),
      expires_at: Timestamp.optional(),
      old_valid_for_seconds: z
        .int()
        .min(0)
        .max(36_500 * 86_400)
        .optional()
        .describe('Those before it, of the same purpose, expire after this. Absent: they stay good.'),
    }),
    status: 201,
    response: Issued,
  }),
  revoke: operation({
    method: 'POST',
    path: '/service-accounts/{id}/revoke',
    summary: 'Revoke every credential of an account, for good',
    access: 'manager',
    params: AccountParams,
    query: DryRun,
    response: Revoked,
  }),
  revokeOne: operation({
    method: 'POST',
    path: '/service-accounts/{id}/credentials/{credential}/revoke',
    summary: 'Revoke one credential, for good',
    access: 'manager',
    params: AccountParams.extend({ credential: identifier(CredentialId) }),
    query: DryRun,
    response: Revoked,
  }),
  revokeMany: operation({
    method: 'POST',
    path: '/service-accounts:revoke',
    summary: 'Revoke every credential of several accounts: of all of them, or of none',
    access: 'manager',
    maxBytes: RESOURCE_BYTES,
    query: DryRun,
    body: z.strictObject({ ids: z.array(identifier(AccountId)).min(1).max(1000) }),
    response: Revoked,
  }),
  disable: switchOf('disable', 'Refuse the credentials of an account until it is enabled again'),
  enable: switchOf('enable', 'Let a disabled account go on'),
};
