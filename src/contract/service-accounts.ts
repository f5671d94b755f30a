import { z } from 'zod';
import { AccountId } from '../accounts/account-id.ts';
import { identifier } from '../accounts/identifier-schema.ts';
import { NamespaceId } from '../accounts/namespace-id.ts';
import { ServiceAccountSpec } from '../accounts/service-account-schema.ts';
import { Timestamp } from '../accounts/timestamp-schema.ts';
import { UserId } from '../accounts/user-id.ts';
import { CredentialId } from '../credentials/credential-id.ts';
import { DryRun, Flag, isTrue, operation, RESOURCE_BYTES, RevokeOthers } from './operation.ts';
import { listOf, SearchQuery, sortBy } from './page.ts';
import { ChangeAnswer } from './resource.ts';

const AccountParams = z.strictObject({
  id: identifier(AccountId).describe('The id of the service account.'),
});
const Purpose = z.enum(['mesh', 'admin']);
const Days = z.coerce.number().int().min(0).max(36_500);
const Moment = z.string();

export const AccountStatus = z.enum(['active', 'disabled', 'expired']);

/** Less than the activity log has: the account or the user alone. */
const CreatedBy = z
  .union([
    z.strictObject({
      kind: z.literal('account').describe('A service account that called the admin API.'),
      account: z.string().describe('The id of the service account.'),
    }),
    z.strictObject({
      kind: z.literal('machine').describe('A user of the machine that has the store and the keys.'),
      user: z.string().describe("The operating system's user."),
      host: z.string().describe('The name of the machine.'),
    }),
  ])
  .meta({
    id: 'Creator',
    description: 'Who created something.',
    example: { kind: 'account', account: 'alice' },
  });

export const AccountView = z.strictObject({
  id: z.string().describe('Never changes.'),
  user_id: z
    .string()
    .describe('The user ID that policies match; of a directory user if it impersonates one.'),
  namespace: z.string().describe('The namespace that it belongs to.'),
  impersonate: z.boolean().describe('Whether it impersonates the directory user of that user ID.'),
  description: z.string().describe('What it is for.'),
  status: AccountStatus.describe('How it is now.'),
  disabled: z.boolean().describe('Whether an operator disabled it.'),
  pomerium: z.boolean().describe('Whether a JWT that Pomerium made for it is accepted.'),
  created_at: Moment.describe('When it was created.'),
  created_by: CreatedBy.nullable().default(null).describe('Who created it; null if an older version did.'),
  expires_at: Moment.nullable().describe('When the account expires; null for never.'),
  credentials_expire_at: Moment.nullable().describe(
    'When the account is left without a valid credential for something that it has one for; null for never.',
  ),
  last_used_at: Moment.nullable().describe('When one of its credentials was last used; null for never.'),
});

export const CredentialView = z
  .strictObject({
    id: z.string().describe('The `jti` of the JWT.'),
    purpose: z.enum(['mesh', 'admin', 'pomerium']).describe('Where the credential counts.'),
    label: z.string().describe('A name for people.'),
    status: z.enum(['active', 'revoked', 'expired']).describe('How it is now.'),
    issued_at: Moment.describe('When it was made.'),
    expires_at: Moment.nullable().describe('When it expires; null for never.'),
    revoked_at: Moment.nullable().describe('When it was revoked; null if it was not.'),
    last_used_at: Moment.nullable().describe('When it was last used; null for never.'),
    kid: z.string().nullable().describe('The key that signed it; null if an older version issued it.'),
  })
  .meta({
    id: 'Credential',
    description: 'A JWT of a service account, which is stored nowhere.',
    example: {
      id: '0192f0c1-0000-7000-8000-000000000000',
      purpose: 'mesh',
      label: 'autumn',
      status: 'active',
      issued_at: '2026-11-20T10:00:00.000Z',
      expires_at: null,
      revoked_at: null,
      last_used_at: '2026-11-20T11:00:00.000Z',
      kid: 'k1',
    },
  });

const ACCOUNT_EXAMPLE = {
  id: 'report',
  user_id: 'report',
  namespace: 'shop',
  impersonate: false,
  description: 'Nightly report',
  status: 'active',
  disabled: false,
  pomerium: false,
  created_at: '2026-11-20T10:00:00.000Z',
  created_by: { kind: 'account', account: 'alice' },
  expires_at: null,
  credentials_expire_at: null,
  last_used_at: null,
};

const ListedAccount = AccountView.extend({
  credentials: z.array(CredentialView).optional().describe('Its credentials, with `credentials=true`.'),
}).meta({ id: 'ServiceAccount', description: 'A service account.', example: ACCOUNT_EXAMPLE });

const ShownAccount = AccountView.extend({
  credentials: z.array(CredentialView).describe('Its credentials.'),
}).meta({
  id: 'ServiceAccountWithCredentials',
  description: 'A service account and its credentials.',
  example: { ...ACCOUNT_EXAMPLE, credentials: [] },
});

/** The one answer that a JWT is in. */
const Issued = z
  .strictObject({
    id: z.string().describe('The id of the service account.'),
    credential_id: z.string().describe('The id of the credential, which is the `jti` of the JWT.'),
    user_id: z.string().describe('The user ID of the account.'),
    namespace: z.string().describe('The namespace of the account.'),
    expires_at: Moment.nullable().describe('When the credential expires; null for never.'),
    jwt: z.string().describe('The credential. It is shown this once, and stored nowhere.'),
  })
  .meta({
    id: 'IssuedCredential',
    description: 'A new credential, with its JWT.',
    example: {
      id: 'report',
      credential_id: '0192f0c1-0000-7000-8000-000000000000',
      user_id: 'report',
      namespace: 'shop',
      expires_at: null,
      jwt: '<JWT>',
    },
  });

const Revoked = z.strictObject({ revoked: z.array(z.string()).describe('Ids of the credentials.') }).meta({
  id: 'RevokedCredentials',
  description: 'The credentials that were revoked.',
  example: { revoked: ['0192f0c1-0000-7000-8000-000000000000'] },
});
const Switched = z
  .strictObject({
    id: z.string().describe('The id of the service account.'),
    disabled: z.boolean().describe('Whether it is disabled now.'),
  })
  .meta({
    id: 'DisabledState',
    description: 'Whether the account is disabled.',
    example: { id: 'report', disabled: true },
  });

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
    summary: 'List service accounts',
    access: 'viewer',
    query: SearchQuery.extend({
      ...sortBy(z.enum(['id', 'namespace', 'created_at', 'expires_at', 'status']).default('id')),
      status: AccountStatus.optional().describe('Only those that are so now.'),
      created_by: z
        .string()
        .max(256)
        .optional()
        .describe("Only those that this service account, or this operating system's user, created."),
      expires_within_days: Days.optional().describe(
        'Only those that expire by then, or have expired: the account itself, or its credentials (`credentials_expire_at`).',
      ),
      unused_for_days: Days.optional().describe('Only those that were not used for that long.'),
      impersonate: Flag.transform(isTrue)
        .optional()
        .describe('Only those that impersonate a directory user, or that do not.'),
      purpose: z
        .enum(['mesh', 'admin', 'pomerium'])
        .optional()
        .describe('Only those with a valid credential for this.'),
      has_roles: Flag.transform(isTrue)
        .optional()
        .describe('Only those that have a role, or that have none.'),
      credentials: Flag.default('false')
        .transform(isTrue)
        .describe('List each with its credentials; never with a JWT.'),
    }),
    response: listOf(ListedAccount),
  }),
  get: operation({
    method: 'GET',
    path: '/service-accounts/{id}',
    summary: 'Read a service account and its credentials; never a JWT',
    access: 'viewer',
    params: AccountParams,
    response: ShownAccount,
  }),
  create: operation({
    method: 'POST',
    path: '/service-accounts',
    summary: 'Make a service account; its JWT is in the answer and nowhere after',
    access: 'manager',
    body: z
      .strictObject({
        id: identifier(AccountId).optional().describe('Absent: a new one is generated.'),
        namespace: identifier(NamespaceId).describe('The namespace of the account.'),
        user_id: identifier(UserId).describe('Its own, or that of the directory user for whom it stands.'),
        impersonate: z.boolean().default(false).describe('Whether it impersonates a directory user.'),
        description: z.string().max(1024).default('').describe('What it is for.'),
        expires_at: Timestamp.optional().describe('When the account expires. Absent: never.'),
        purpose: Purpose.default('mesh').describe('Where its first credential counts.'),
      })
      .meta({ example: { id: 'report', namespace: 'shop', user_id: 'report' } }),
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
    body: z
      .strictObject({
        purpose: Purpose.default('mesh').describe('Where the credential counts.'),
        label: z.string().max(256).default('').describe('A name for people.'),
        expires_at: Timestamp.optional().describe('When the credential expires. Absent: never.'),
        old_valid_for_seconds: z
          .int()
          .min(0)
          .max(36_500 * 86_400)
          .optional()
          .describe('Older credentials of the same purpose expire after this. Absent: they do not.'),
      })
      .meta({ example: { label: 'autumn', old_valid_for_seconds: 3600 } }),
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
    params: AccountParams.extend({
      credential: identifier(CredentialId).describe('The id of the credential.'),
    }),
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
    body: z
      .strictObject({
        ids: z.array(identifier(AccountId)).min(1).max(1000).describe('Ids of service accounts.'),
      })
      .meta({ example: { ids: ['report'] } }),
    response: Revoked,
  }),
  disable: switchOf('disable', 'Refuse the credentials of an account until it is enabled again'),
  enable: switchOf('enable', 'Let a disabled account go on'),
};
