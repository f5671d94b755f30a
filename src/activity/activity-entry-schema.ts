import { z } from 'zod';
import { identifier } from '../accounts/identifier-schema.ts';
import { JsonValue } from '../accounts/json-value-schema.ts';
import { NamespaceId } from '../accounts/namespace-id.ts';
import { Timestamp } from '../accounts/timestamp-schema.ts';
import { ActivityId } from './activity-id.ts';
import { Author } from './author-schema.ts';

export const ActivityAction = z.enum(['create', 'update', 'delete']);
export type ActivityAction = z.infer<typeof ActivityAction>;

/** One change: who made it, when, to what, and how it was before and after. Written with the change or not at all. */
export const ActivityEntry = z.strictObject({
  id: identifier(ActivityId),
  at: Timestamp,
  author: Author,
  action: ActivityAction,
  /** A kind of resource, or `Credential`. */
  kind: z.string().regex(/^[A-Z][A-Za-z]{0,63}$/),
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
