import { GLOBAL } from '../accounts/namespace-id.ts';
import type { Precondition } from '../contract/operation.ts';
import { OperationError } from '../contract/operation-error.ts';
import { parseResource } from '../manifests/read-resource-value.ts';
import { REQUEST, type Resource, type ResourceKind, type StoredResource } from '../manifests/resource.ts';
import { type Grants, sees } from '../roles/grants.ts';
import type { RecordOf } from '../store/record.ts';
import { describeRevoked } from './change-resources.ts';
import { planChanges } from './changes/plan-changes.ts';
import { transact } from './changes/transact.ts';
import { inScope, listPage, matchesSearch } from './list-page.ts';
import { listPlaced, type PlacedRequest } from './list-placed.ts';
import type { OperationContext } from './operation-context.ts';
import type { Reader } from './reader.ts';
import { unknownAccount, unknownResource } from './refusals.ts';
import { namespaceOfRecord, STORED_KINDS, specOf } from './resource-kinds.ts';

interface Search extends PlacedRequest {
  readonly namespace?: string | undefined;
  readonly q?: string | undefined;
}

interface One {
  readonly id: string;
}

/** Listing, reading, writing and deleting resources of one kind. */
export function resourceOperations(kind: Exclude<ResourceKind, 'ServiceAccount'>) {
  return {
    async list({ query }: { query: Search }, { reader, grants, tree }: OperationContext) {
      const within = inScope(grants, await tree(), query.namespace);
      const keep = <T extends object>(records: readonly T[]) =>
        records.filter((record) => {
          const fields = new Map<string, unknown>(Object.entries(record));
          const texts = ['id', 'name', 'description', 'email', 'account'].map((field) => fields.get(field));
          return matchesSearch(
            query.q,
            texts.map((text) => (typeof text === 'string' ? text : undefined)),
          );
        });
      const page =
        kind === 'DirectoryUser' || kind === 'DirectoryGroup'
          ? await listDirectory(reader, STORED_KINDS[kind].record, query, within(GLOBAL) ? keep : undefined)
          : await listPlaced(reader, query, {
              kind: STORED_KINDS[kind].record,
              within,
              counts: query.q === undefined,
              keep,
            });
      return { body: { ...page, items: page.items.map((record) => specOf(kind, record)) } };
    },

    async get({ params }: { params: One }, { reader, grants }: OperationContext) {
      const found = await findSeen(reader, grants, kind, params.id);
      if (!found) throw unknownResource(kind, params.id);
      return { body: found.spec, revision: found.revision };
    },

    put: putResource(kind),
    remove: removeResource(kind),
  };
}

/** @param keep undefined if the directory may not be seen */
async function listDirectory<K extends 'directory_user' | 'directory_group'>(
  reader: Reader,
  kind: K,
  { order, ...page }: PlacedRequest,
  keep: ((records: readonly RecordOf<K>[]) => RecordOf<K>[]) | undefined,
) {
  if (!keep) return { items: [], next: null, total: 0 };
  const descending = order === 'desc';
  const found = await listPage(
    (after, limit) => reader.page(kind, { after, limit, descending }),
    { ...page, ...(descending && { ordering: 'id desc' }) },
    keep,
  );
  const isWhole = page.cursor === undefined && found.next === null;
  return { ...found, total: isWhole ? found.items.length : null };
}

interface PutRequest {
  readonly params: One;
  readonly query: { readonly dry_run: boolean; readonly revoke_others: boolean };
  readonly body: unknown;
  readonly precondition: Precondition;
}

export function putResource(kind: ResourceKind) {
  return async (
    { params, query, body, precondition }: PutRequest,
    { store, principal }: OperationContext,
  ) => {
    const resource: Resource = parseResource(kind, body, REQUEST);
    if (resource.spec.id !== params.id)
      throw new OperationError('unprocessable', 'nothing was changed', [
        { path: 'body.id', message: `expected ${params.id}, as the path says` },
      ]);
    const dryRun = query.dry_run;
    const { result, position, changed, revoked } = await transact(
      store,
      principal,
      async (reader, grants) => {
        const current = await findSeen(reader, grants, kind, params.id);
        checkPrecondition(precondition, current?.revision, true);
        const { writes, result } = await planChanges([resource], [], {
          reader,
          grants,
          now: principal.now(),
        });
        return { writes, result: { action: result[0]?.action ?? 'unchanged', revision: current?.revision } };
      },
      { dryRun, revokeOthers: query.revoke_others },
    );
    return {
      body: { action: result.action, kind, id: params.id, dry_run: dryRun, ...describeRevoked(revoked) },
      revision: changed ? position.revision : result.revision,
    };
  };
}

interface RemoveRequest extends Pick<PutRequest, 'params' | 'precondition'> {
  readonly query: { readonly dry_run: boolean };
}

export function removeResource(kind: ResourceKind) {
  return async ({ params, query, precondition }: RemoveRequest, { store, principal }: OperationContext) => {
    await transact(
      store,
      principal,
      async (reader, grants) => {
        const current = await findSeen(reader, grants, kind, params.id);
        if (!current)
          throw kind === 'ServiceAccount' ? unknownAccount(params.id) : unknownResource(kind, params.id);
        checkPrecondition(precondition, current.revision, false);
        const removal = { kind, spec: { id: params.id }, origin: REQUEST };
        return planChanges([], [removal], { reader, grants, now: principal.now() });
      },
      { dryRun: query.dry_run },
    );
    return { body: { action: 'delete' as const, kind, id: params.id, dry_run: query.dry_run } };
  };
}

/** What the author may see of that name, and the commit that wrote it last. */
async function findSeen(
  reader: Reader,
  grants: Grants,
  kind: ResourceKind,
  id: string,
): Promise<{ readonly spec: StoredResource['spec']; readonly revision: number } | undefined> {
  const found = await reader.findStamped(STORED_KINDS[kind].record, id);
  if (!found || !sees(grants, namespaceOfRecord(STORED_KINDS[kind].record, found.value))) return undefined;
  return { spec: specOf(kind, found.value), revision: found.revision };
}

/**
 * Throws `OperationError` if the stored resource is not the expected one.
 * @param revision of the stored resource; undefined if it does not exist
 * @param required whether replacing an existing resource needs `If-Match`
 */
function checkPrecondition(
  { ifMatch, ifAbsent }: Precondition,
  revision: number | undefined,
  required: boolean,
): void {
  if (ifAbsent && revision !== undefined)
    throw new OperationError('precondition-failed', 'it exists already');
  if (ifMatch === undefined) {
    if (required && revision !== undefined && !ifAbsent)
      throw new OperationError(
        'precondition-required',
        'say which version this replaces: If-Match with the ETag that was read, or * for any',
      );
    return;
  }
  if (revision === undefined) throw new OperationError('precondition-failed', 'it does not exist any more');
  if (ifMatch !== 'any' && ifMatch !== revision)
    throw new OperationError('precondition-failed', 'it was changed since it was read: read it again');
}
