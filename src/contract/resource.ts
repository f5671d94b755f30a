import { z } from 'zod';
import { DryRun, operation, RESOURCE_BYTES, Revoked, RevokeOthers } from './operation.ts';
import { listOf, SearchQuery, sortBy } from './page.ts';
import { RESOURCE_KINDS, ResourceKind } from './resource-kinds.ts';

const IdParams = z.strictObject({ id: z.string().min(1).max(256).describe('The id of the resource.') });

export const ChangeAnswer = z
  .strictObject({
    action: z.enum(['create', 'update', 'delete', 'unchanged']).describe('What was done.'),
    kind: ResourceKind.describe('The kind of the resource.'),
    id: z.string().describe('Its id.'),
    dry_run: z.boolean().describe('True if nothing was written.'),
    revoked: Revoked,
  })
  .meta({
    id: 'ChangeResult',
    description: 'What was done to one resource.',
    example: { action: 'update', kind: 'Policy', id: 'readers', dry_run: false },
  });

/** The directory is `global`'s alone. */
const DIRECTORY_SORT = z.enum(['id']).default('id');
const SORT = z.enum(['id', 'namespace']).default('id');

/** Reading and writing one kind of what `apply` takes. */
export function resourceOperations(kind: ResourceKind) {
  const { path, writer, ...entry } = RESOURCE_KINDS[kind];
  const schema: z.ZodType = entry.schema;
  const one = `${path}/{id}`;
  return {
    list: operation({
      method: 'GET',
      path,
      summary: `List resources of kind ${kind}`,
      access: 'viewer',
      query: SearchQuery.extend(
        sortBy(kind === 'DirectoryUser' || kind === 'DirectoryGroup' ? DIRECTORY_SORT : SORT),
      ),
      response: listOf(schema),
    }),
    get: operation({
      method: 'GET',
      path: one,
      summary: `Read one ${kind}`,
      access: 'viewer',
      params: IdParams,
      response: schema,
      cacheable: true,
    }),
    put: operation({
      method: 'PUT',
      path: one,
      summary: `Make a ${kind}, or replace it as a whole`,
      access: writer,
      maxBytes: RESOURCE_BYTES,
      params: IdParams,
      query: DryRun.extend(RevokeOthers),
      body: schema,
      response: ChangeAnswer,
      precondition: 'required',
    }),
    remove: operation({
      method: 'DELETE',
      path: one,
      summary: `Delete one ${kind}, which nothing else may need`,
      access: writer,
      params: IdParams,
      query: DryRun,
      response: ChangeAnswer,
      precondition: 'optional',
    }),
  };
}
