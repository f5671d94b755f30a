import { z } from 'zod';
import { ClaimValue } from '../accounts/directory-schema.ts';
import { identifier } from '../accounts/identifier-schema.ts';
import { JsonValue } from '../accounts/json-value-schema.ts';
import { NamespaceId } from '../accounts/namespace-id.ts';
import { BULK_BYTES, DryRun, Flag, isTrue, operation, Revoked, RevokeOthers } from './operation.ts';
import { ResourceKind } from './resource-kinds.ts';

const ChangeQuery = z.strictObject({
  ...DryRun.shape,
  prune: Flag.default('false').transform(isTrue).describe('Delete what the request leaves out.'),
});

/** As `apply` takes it. */
const Document = z.looseObject({ kind: ResourceKind.describe('The kind of the resource.') }).meta({
  id: 'ResourceDocument',
  description: 'A resource as `sallyport apply` takes it: `apiVersion`, `kind` and the fields of its kind.',
  example: {
    apiVersion: 'sallyport/v1alpha1',
    kind: 'Policy',
    id: 'readers',
    namespace: 'shop',
    ppl: { allow: { and: [{ user: 'report' }] } },
  },
});

const Named = z
  .strictObject({
    kind: ResourceKind.describe('The kind of the resource.'),
    id: z.string().min(1).max(256).describe('Its id.'),
  })
  .meta({
    id: 'ResourceReference',
    description: 'Names a resource.',
    example: { kind: 'Policy', id: 'readers' },
  });

/** What one request may change. */
const MAX_RESOURCES = 20_000;

const PruneOnly = z
  .array(Named)
  .max(MAX_RESOURCES)
  .optional()
  .describe('With prune: what may go, such as a dry run has named. Absent: whatever is left out.');

const Changes = z
  .strictObject({
    revision: z.int().describe('The revision of the store with the change.'),
    dry_run: z.boolean().describe('True if nothing was written.'),
    revoked: Revoked,
    changes: z
      .array(
        z.strictObject({
          action: z.enum(['create', 'update', 'delete', 'unchanged']).describe('What was done.'),
          kind: ResourceKind.describe('The kind of the resource.'),
          id: z.string().describe('Its id.'),
          before: Document.optional().describe('As it is; with dry_run, where it would be changed.'),
          after: Document.optional().describe('As it would be; with dry_run, where it would be changed.'),
          omitted: z
            .literal(true)
            .optional()
            .describe('before and after are left out, because the answer has too many documents already.'),
        }),
      )
      .describe('One for each resource of the request, and for each that was pruned.'),
  })
  .meta({
    id: 'ResourceChanges',
    description: 'What was done to several resources: to all of them or to none.',
    example: {
      revision: 42,
      dry_run: false,
      changes: [{ action: 'create', kind: 'Policy', id: 'readers' }],
    },
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
      resources: z
        .array(
          z.looseObject({}).meta({
            description: 'A resource, with `apiVersion`, `kind` and the fields of its kind.',
            example: {
              apiVersion: 'sallyport/v1alpha1',
              kind: 'Policy',
              id: 'readers',
              namespace: 'shop',
              ppl: { allow: { and: [{ user: 'report' }] } },
            },
          }),
        )
        .max(MAX_RESOURCES)
        .describe('The resources as they are to be.'),
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
      resources: z.array(Named).min(1).max(MAX_RESOURCES).describe('What to delete.'),
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
    body: z
      .strictObject({
        entries: z
          .array(
            z.strictObject({
              kind: z.enum(['DirectoryUser', 'DirectoryGroup']).describe('The kind of the entry.'),
              id: z.string().min(1).max(256).describe('Its id.'),
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
          .max(MAX_RESOURCES)
          .describe('Users and groups; a field that an entry leaves out stays as it is.'),
        prune_only: PruneOnly,
      })
      .meta({
        example: { entries: [{ kind: 'DirectoryUser', id: 'ada', fields: { email: 'ada@example.com' } }] },
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
    response: z
      .strictObject({ resources: z.array(Document).describe('In the order in which one may need another.') })
      .describe('The resources that the caller sees.'),
  }),
};
