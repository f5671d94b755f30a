import { z } from 'zod';
import { identifier } from '../accounts/identifier-schema.ts';
import { NamespaceId } from '../accounts/namespace-id.ts';
import { Timestamp } from '../accounts/timestamp-schema.ts';
import { ActivityEntry } from '../activity/activity-entry-schema.ts';
import { operation } from './operation.ts';
import { PageQuery, pageOf, TimeOrder } from './page.ts';
import { ResourceKind } from './resource-kinds.ts';
import { SessionView } from './session.ts';

/** What an entry can be about: the kinds of `apply`, and the credentials of an account. */
export const ActivityKind = z.enum([...ResourceKind.options, 'Credential']);
export type ActivityKind = z.output<typeof ActivityKind>;

export const ACTIVITY_OPERATIONS = {
  list: operation({
    method: 'GET',
    path: '/activity',
    summary: 'List who changed what, the newest first',
    access: 'viewer',
    query: PageQuery.extend({
      order: TimeOrder,
      namespace: identifier(NamespaceId).optional().describe('Only in this namespace and those below it.'),
      kind: ActivityKind.optional().describe('Only about this kind.'),
      entity: z.string().max(256).optional().describe('Only about the one of this id.'),
      author: z.string().max(256).optional().describe("A service account's id, or an operating system user."),
      since: Timestamp.optional().describe('Only changes from then on.'),
      until: Timestamp.optional().describe('Only changes until then.'),
    }),
    response: pageOf(ActivityEntry),
  }),
};

export const SELF_OPERATIONS = {
  whoami: operation({
    method: 'GET',
    path: '/whoami',
    summary: 'Say who is signed in, and which roles they have where',
    access: 'signed-in',
    response: z
      .strictObject({
        account: z.string().describe('The id of the service account.'),
        user_id: z.string().describe('Its user ID.'),
        credential: z.string().describe('The id of the credential.'),
        namespace: z.string().describe('The namespace of the account.'),
        expires_at: z.string().nullable().describe('When the credential expires; null for never.'),
        session: SessionView.nullable().describe(
          'Null if the request has a credential in place of a session.',
        ),
        roles: z
          .array(
            z.strictObject({
              namespace: z.string().describe('Where the role holds, and below.'),
              role: z.enum(['viewer', 'manager', 'admin']).describe('What the account may do.'),
            }),
          )
          .describe('The roles that are bound to the account.'),
      })
      .meta({
        id: 'Caller',
        description: 'Who makes the request.',
        example: {
          account: 'alice',
          user_id: 'alice',
          credential: '0192f0c1-0000-7000-8000-000000000000',
          namespace: 'global',
          expires_at: '2027-01-31T12:00:00.000Z',
          session: null,
          roles: [{ namespace: 'global', role: 'admin' }],
        },
      }),
  }),
};
