import { z } from 'zod';
import { ClaimValue } from '../accounts/directory-schema.ts';
import { identifier } from '../accounts/identifier-schema.ts';
import { JsonValue } from '../accounts/json-value-schema.ts';
import { NamespaceId } from '../accounts/namespace-id.ts';
import { BULK_BYTES, DryRun, Flag, isTrue, operation, Revoked, RevokeOthers } from './operation.ts';
import { ResourceKind } from './resource-kinds.ts';

const ChangeQuery = z.strictObject({
  dry_run: Flag.default('false').transform(isTrue),
  prune: Flag.default('false').transform(isTrue),
});

/** As `apply` takes it. */
const Document = z.looseObject({ kind: ResourceKind });

const Named = z.strictObject({ kind: ResourceKind, id: z.string().min(1).max(256) });

/** What one request may change. */
const MAX_RESOURCES = 20_000;

const PruneOnly = z
  .array(Named)
  .max(MAX_RESOURCES)
  .optional()
  .describe('With prune: what may go, such as a dry run has named. Absent: whatever is left out.');

const Changes = z.strictObject({
  revision: z.int(),
  dry_run: z.boolean(),
  revoked: Revoked,
  changes: z.array(
    z.strictObject({
      action: z.enum(['create', 'update', 'delete', 'unchanged']),
      kind: ResourceKind,
      id: z.string(),
      before: Document.optional().describe('As it is; with dry_run, where it would be changed.'),
      after: Document.optional().describe('As it would be; with dry_run, where it would be changed.'),
      omitted: z
        .literal(true)
        .optional()
        .describe('before and after are left out, because the answer has too many documents already.'),
    }),
  ),
});

export const APPLY_OPERATIONS = {
  apply: operation({
    method: 'POST',
    path: '/resources:apply',
    summary: 'Make resources so, all of them or none; with prune, delete what they leave out',
    access: 'manager',
    costly: 'large',
    maxBytes: BULK_BYTES,
    itemwise: 'resources',
    listed: 'changes',
    query: ChangeQuery.extend(RevokeOthers),
    body: z.strictObject({
      resources: z.array(z.looseObject({})).max(MAX_RESOURCES),
      prune_only: PruneOnly,
    }),
    response: Changes,
  }),
  remove: operation({
    method: 'POST',
    path: '/resources:delete',
    summary: 'Delete resources, all of them or none',
    access: 'manager',
    costly: 'large',
    maxBytes: BULK_BYTES,
    itemwise: 'resources',
    listed: 'changes',
    query: DryRun,
    body: z.strictObject({
      resources: z.array(Named).min(1).max(MAX_RESOURCES),
    }),
    response: Changes,
  }),
  importDirectory: operation({
    method: 'POST',
    path: '/directory:import',
    summary: 'Make directory users and groups so; what is not said of one stays, with prune nobody else does',
    access: 'admin',
    costly: 'large',
    maxBytes: BULK_BYTES,
    itemwise: 'entries',
    listed: 'changes',
    query: ChangeQuery,
    body: z.strictObject({
      entries: z
        .array(
          z.strictObject({
            kind: z.enum(['DirectoryUser', 'DirectoryGroup']),
            id: z.string().min(1).max(256),
            fields: z
              .record(z.string().max(256), JsonValue)
              .default({})
              .describe('Those that take the place of what is there.'),
            claims: z
              .record(z.string().max(256), z.array(ClaimValue).max(1000))
              .optional()
              .describe('Each in place of the claim of that name; an empty one takes it away.'),
          }),
        )
        .max(MAX_RESOURCES),
      prune_only: PruneOnly,
    }),
    response: Changes,
  }),
  export: operation({
    method: 'GET',
    path: '/resources',
    summary: 'Read everything that apply takes and that you see, or of one namespace and those below it',
    access: 'viewer',
    costly: 'stream',
    listed: 'resources',
    query: z.strictObject({
      namespace: identifier(NamespaceId).optional().describe('Only this one and those below it.'),
    }),
    response: z.strictObject({ resources: z.array(Document) }),
  }),
};
