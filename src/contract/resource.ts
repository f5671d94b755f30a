import { z } from 'zod';
import { DryRun, operation, RESOURCE_BYTES, Revoked, RevokeOthers } from './operation.ts';
import { pageOf, SearchQuery } from './page.ts';
import { RESOURCE_KINDS, ResourceKind } from './resource-kinds.ts';

const IdParams = z.strictObject({ id: z.string().min(1).max(256) });

/** What became of one resource. */
export const ChangeAnswer = z.strictObject({
  action: z.enum(['create', 'update', 'delete', 'unchanged']),
  kind: ResourceKind,
  id: z.string(),
  dry_run: z.boolean(),
  revoked: Revoked,
});

/** Reading and writing one kind of what `apply` takes. */
export function resourceOperations(kind: ResourceKind) {
  const { path, writer, ...entry } = RESOURCE_KINDS[kind];
  const schema: z.ZodType = entry.schema;
  const one = `${path}/{id}`;
  return {
    list: operation({
      method: 'GET',
      path,
      summary: `List what there is of kind ${kind}, in the order of ids`,
      access: 'viewer',
      query: SearchQuery,
      response: pageOf(schema),
    }),
    get: operation({
      method: 'GET',
      path: one,
      summary: `Read one ${kind}`,
      access: 'viewer',
      params: IdParams,
      response: schema,
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
