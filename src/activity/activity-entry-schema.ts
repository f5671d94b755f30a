import { z } from 'zod';
import { identifier } from '../accounts/identifier-schema.ts';
import { JsonValue } from '../accounts/json-value-schema.ts';
import { NamespaceId } from '../accounts/namespace-id.ts';
import { Timestamp } from '../accounts/timestamp-schema.ts';
import { ActivityId } from './activity-id.ts';
import { Author } from './author-schema.ts';

export const ActivityAction = z.enum(['create', 'update', 'delete']);
export type ActivityAction = z.infer<typeof ActivityAction>;

/** One change, written in the same commit. */
export const ActivityEntry = z
  .strictObject({
    id: identifier(ActivityId).describe('Later changes have greater ids.'),
    at: Timestamp.describe('When it was made.'),
    author: Author,
    action: ActivityAction.describe('What was done.'),
    kind: z
      .string()
      .regex(/^[A-Z][A-Za-z]{0,63}$/)
      .describe('A kind of resource, or `Credential`.'),
    entity: z.string().min(1).max(256).describe('The id of what was changed.'),
    account: z.string().max(256).optional().describe('The account of a credential.'),
    namespaces: z
      .array(identifier(NamespaceId))
      .min(1)
      .max(256)
      .describe(
        'Its namespace and those above it, up to `global`, as the tree was. Directory users and groups are in `global`.',
      ),
    moved_from: z
      .array(identifier(NamespaceId))
      .max(256)
      .optional()
      .describe('If it moved: its previous namespace and those above it.'),
    before: JsonValue.optional().describe(
      'As it was stored before. Absent if it was created. Never has a secret.',
    ),
    after: JsonValue.optional().describe(
      'As it is stored after. Absent if it was deleted. Never has a secret.',
    ),
  })
  .meta({
    id: 'ActivityEntry',
    description: 'One change: who made it, when, to what, and how it was before and after.',
    example: {
      id: '0000000000000042-0000000',
      at: '2026-11-20T10:00:00.000Z',
      author: { kind: 'machine', user: 'root', host: 'admin-1' },
      action: 'update',
      kind: 'ServiceAccount',
      entity: 'report',
      namespaces: ['shop', 'global'],
      before: { id: 'report', namespace: 'shop', user_id: 'report', disabled: false },
      after: { id: 'report', namespace: 'shop', user_id: 'report', disabled: true },
    },
  });
export type ActivityEntry = z.infer<typeof ActivityEntry>;
