import { z } from 'zod';
import { identifier } from '../accounts/identifier-schema.ts';
import { JsonValue } from '../accounts/json-value-schema.ts';
import { NamespaceId } from '../accounts/namespace-id.ts';
import { Timestamp } from '../accounts/timestamp-schema.ts';
import { ActivityId } from './activity-id.ts';
import { Author } from './author-schema.ts';

export const ActivityAction = z.enum(['create', 'update', 'delete']);
export type ActivityAction = z.infer<typeof ActivityAction>;

/** What an entry can be about: the kinds of `apply`, and the credentials of an account. */
export const ActivityKind = z.enum([
  'Namespace',
  'DirectoryGroup',
  'DirectoryUser',
  'Policy',
  'Route',
  'ServiceAccount',
  'RoleBinding',
  'Credential',
]);
export type ActivityKind = z.infer<typeof ActivityKind>;

/** One change: who made it, when, to what, and how it was before and after. Written with the change or not at all. */
export const ActivityEntry = z.strictObject({
  id: identifier(ActivityId),
  at: Timestamp,
  author: Author,
  action: ActivityAction,
  kind: ActivityKind,
  /** Its id. */
  entity: z.string().min(1).max(256),
  /** Of a credential: the account that it belongs to. */
  account: z.string().max(256).optional(),
  /**
   * Where it is, from there up to `global` as the tree was; of what moved, where it was before comes in `moved_from`.
   * Directory users and groups are at `global`.
   */
  namespaces: z.array(identifier(NamespaceId)).min(1).max(256),
  moved_from: z.array(identifier(NamespaceId)).max(256).optional(),
  /** As it was stored; absent where there was none. Holds no secret: none is ever stored. */
  before: JsonValue.optional(),
  after: JsonValue.optional(),
});
export type ActivityEntry = z.infer<typeof ActivityEntry>;
