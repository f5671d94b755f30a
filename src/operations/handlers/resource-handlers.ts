import { GLOBAL } from '../../accounts/namespace-id.ts';
import type { Namespace } from '../../accounts/namespace-schema.ts';
import { checkPrecondition } from '../../admin/precondition.ts';
import { Refused } from '../../admin/problem.ts';
import type { Precondition } from '../../contract/operation.ts';
import { parseResource } from '../../manifests/parse-resource.ts';
import {
  RECORD_KIND_OF,
  type Resource,
  type ResourceKind,
  type StoredResource,
} from '../../manifests/resource.ts';
import { type Grants, sees } from '../../roles/grants.ts';
import type { RecordOf } from '../../store/record.ts';
import { namespaceOf } from '../changes/check-visible.ts';
import { planChanges } from '../changes/plan-changes.ts';
import { transact } from '../changes/transact.ts';
import { accountSpec, namespaceSpec, UnknownResource } from '../export-resources.ts';
import type { HandlerContext } from '../handler.ts';
import type { PlacedKind } from '../index/record-places.ts';
import { inScope, listPage, matchesSearch } from '../list-page.ts';
import { listPlaced, type PlacedRequest } from '../list-placed.ts';
import type { Reader } from '../reader.ts';

const ORIGIN = { file: 'request', document: 0 };

interface Search extends PlacedRequest {
  readonly namespace?: string | undefined;
  readonly q?: string | undefined;
}

interface One {
  readonly id: string;
}

/** Handlers of `resourceOperations` for one kind. */
export function resourceHandlers(kind: Exclude<ResourceKind, 'ServiceAccount'>) {
  return {
    async list({ query }: { query: Search }, { reader, grants, tree }: HandlerContext) {
      const within = inScope(grants, tree, query.namespace);
      const keep = <T extends StoredResource['spec']>(records: readonly T[]) =>
        records.filter((record) => {
          const spec: Readonly<Record<string, unknown>> = record;
          const texts = ['id', 'name', 'description', 'email', 'account'].map((field) => spec[field]);
          return matchesSearch(
            query.q,
            texts.map((text) => (typeof text === 'string' ? text : undefined)),
          );
        });
      const page =
        kind === 'DirectoryUser' || kind === 'DirectoryGroup'
          ? await listDirectory(reader, RECORD_KIND_OF[kind], query, within(GLOBAL) ? keep : undefined)
          : await listPlaced<PlacedKind>(reader, query, {
              kind: RECORD_KIND_OF[kind],
              within,
              counts: query.q === undefined,
              keep,
            });
      return { body: { ...page, items: page.items.map((record) => specOf(kind, record)) } };
    },

    async get({ params }: { params: One }, { reader, grants }: HandlerContext) {
      const found = await findSeen(reader, grants, kind, params.id);
      if (!found) throw new UnknownResource(kind, params.id, []);
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
  return async ({ params, query, body, precondition }: PutRequest, { store, access }: HandlerContext) => {
    const resource: Resource = parseResource(kind, body, ORIGIN);
    if (resource.spec.id !== params.id)
      throw new Refused('unprocessable', 'nothing was changed', [
        { path: 'body.id', message: `expected ${params.id}, as the path says` },
      ]);
    const dryRun = query.dry_run;
    const { result, position, changed, revoked } = await transact(
      store,
      access,
      async (reader, grants) => {
        const current = await findSeen(reader, grants, kind, params.id);
        checkPrecondition(precondition, current?.revision, true);
        const { writes, result } = await planChanges([resource], [], { reader, grants, now: access.now() });
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
  return async ({ params, query, precondition }: RemoveRequest, { store, access }: HandlerContext) => {
    await transact(
      store,
      access,
      async (reader, grants) => {
        const current = await findSeen(reader, grants, kind, params.id);
        if (!current) throw new UnknownResource(kind, params.id, []);
        checkPrecondition(precondition, current.revision, false);
        const removal = { kind, spec: { id: params.id }, origin: ORIGIN };
        return planChanges([], [removal], { reader, grants, now: access.now() });
      },
      { dryRun: query.dry_run },
    );
    return { body: { action: 'delete' as const, kind, id: params.id, dry_run: query.dry_run } };
  };
}

/** Of a change with `revoke_others`. */
export function describeRevoked(revoked: readonly { readonly id: string }[]): { revoked?: string[] } {
  return revoked.length === 0 ? {} : { revoked: revoked.map(({ id }) => id) };
}

/** What the author may see of that name, and the commit that wrote it last. */
async function findSeen(
  reader: Reader,
  grants: Grants,
  kind: ResourceKind,
  id: string,
): Promise<{ readonly spec: StoredResource['spec']; readonly revision: number } | undefined> {
  if (kind === 'ServiceAccount') {
    const found = await reader.findStamped('service_account', id);
    if (!found || !sees(grants, found.value.namespace)) return undefined;
    return { spec: accountSpec(found.value), revision: found.revision };
  }
  const found = await reader.findStamped(RECORD_KIND_OF[kind], id);
  if (!found || !sees(grants, namespaceOf({ kind, spec: found.value } as StoredResource))) return undefined;
  return { spec: specOf(kind, found.value), revision: found.revision };
}

/** The part of a record that an operator writes. */
function specOf(
  kind: Exclude<ResourceKind, 'ServiceAccount'>,
  record: StoredResource['spec'],
): StoredResource['spec'] {
  return kind === 'Namespace' ? namespaceSpec(record as Namespace) : record;
}
