import { z } from 'zod';
import { identifier } from '../accounts/identifier-schema.ts';
import { NamespaceId } from '../accounts/namespace-id.ts';
import { Timestamp } from '../accounts/timestamp-schema.ts';
import { ActivityEntry } from '../activity/activity-entry-schema.ts';
import { operation } from './operation.ts';
import { PageQuery, pageOf } from './page.ts';
import { ResourceKind } from './resource-kinds.ts';
import { SessionView } from './session.ts';

/** What an entry can be about: the kinds of `apply`, and the credentials of an account. */
const ActivityKind = z.enum([...ResourceKind.options, 'Credential']);

export const ACTIVITY_OPERATIONS = {
  list: operation({
    method: 'GET',
    path: '/activity',
    summary: 'List who changed what, the newest first',
    access: 'viewer',
    query: PageQuery.extend({
      order: z.enum(['newest', 'oldest']).default('newest'),
      namespace: identifier(NamespaceId).optional().describe('Only in this namespace and those below it.'),
      kind: ActivityKind.optional(),
      entity: z.string().max(256).optional().describe('Only about the one of this id.'),
      author: z.string().max(256).optional().describe("A service account's id, or an operating system user."),
      since: Timestamp.optional(),
      until: Timestamp.optional(),
    }),
    response: pageOf(
      ActivityEntry.extend({ kind: ActivityEntry.shape.kind.meta({ enum: ActivityKind.options }) }),
    ),
  }),
};

export const SELF_OPERATIONS = {
  whoami: operation({
    method: 'GET',
    path: '/whoami',
    summary: 'Say who is signed in, and which roles they have where',
    access: 'signed-in',
    response: z.strictObject({
      account: z.string(),
      user_id: z.string(),
      credential: z.string(),
      namespace: z.string(),
      expires_at: z.string().nullable().describe('When the credential expires.'),
      session: SessionView.nullable().describe('Null where the credential itself was shown.'),
      roles: z.array(z.strictObject({ namespace: z.string(), role: z.enum(['viewer', 'manager', 'admin']) })),
    }),
  }),
};
