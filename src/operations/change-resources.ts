import { GLOBAL } from '../accounts/namespace-id.ts';
import type { Operations } from '../contract/contract.ts';
import { type Issue, OperationError } from '../contract/operation-error.ts';
import { parseResourceValues } from '../manifests/parse-resources.ts';
import type { StoredResource } from '../manifests/resource.ts';
import { REQUEST } from '../manifests/resource.ts';
import { resourceDocument } from '../manifests/resource-text.ts';
import { holds } from '../roles/grants.ts';
import { findPrunable } from './changes/find-prunable.ts';
import { type DetailedChange, type PlanContext, planChanges } from './changes/plan-changes.ts';
import { type Plan, type TransactOptions, transact } from './changes/transact.ts';
import type { Implementation, OperationContext } from './operation-context.ts';
import { planDirectoryImport } from './plan-directory-import.ts';
import { forbidden } from './refusals.ts';

type Resources = Operations['resources'];

/** Applies resources, all or none. */
export const applyResources: Implementation<Resources['apply']> = async ({ query, body }, context) => {
  const resources = await parseResourceValues('request', body.resources, context.report);
  const options = { dryRun: query.dry_run, revokeOthers: query.revoke_others };
  return change(context, options, async (planning) => {
    const { reader, grants } = planning;
    const prunable = query.prune ? await findPrunable(resources, reader, grants, body.prune_only) : [];
    return planChanges(resources, prunable, planning);
  });
};

/** Deletes resources, all or none. */
export const deleteResources: Implementation<Resources['remove']> = async ({ query, body }, context) => {
  refuseRepeated('resources', body.resources);
  const removals = body.resources.map(({ kind, id }) => ({ kind, spec: { id }, origin: REQUEST }));
  return change(context, { dryRun: query.dry_run }, (planning) => planChanges([], removals, planning));
};

/** Makes directory users and groups as they are given; what is not said of one stays. */
export const importDirectory: Implementation<Resources['importDirectory']> = async (
  { query, body },
  context,
) => {
  // The import reads the whole directory.
  if (!holds(context.grants, 'admin', GLOBAL)) throw forbidden('importing the directory', 'admin', GLOBAL);
  refuseRepeated('entries', body.entries);
  const wanted = {
    file: 'request',
    entries: body.entries.map(({ claims, ...entry }) => ({
      ...entry,
      ...(claims && { claims }),
      origin: REQUEST,
    })),
    prune: query.prune,
    ...(body.prune_only && { pruneOnly: body.prune_only }),
  };
  return change(context, { dryRun: query.dry_run }, (planning) => planDirectoryImport(wanted, planning));
};

function refuseRepeated(
  field: string,
  named: readonly { readonly kind: string; readonly id: string }[],
): void {
  const seen = new Set<string>();
  const issues: Issue[] = [];
  for (const [index, { kind, id }] of named.entries()) {
    const name = `${kind} ${id}`;
    if (seen.has(name)) issues.push({ path: `body.${field}.${index}`, message: `${name} is there already` });
    seen.add(name);
  }
  if (issues.length > 0) throw new OperationError('unprocessable', 'nothing was changed', issues);
}

async function change(
  { store, principal, report }: OperationContext,
  options: TransactOptions,
  plan: (planning: PlanContext) => Promise<Plan<DetailedChange[]>>,
) {
  const { dryRun = false } = options;
  const { result, position, revoked } = await transact(
    store,
    principal,
    async (reader, grants) => {
      const planned = await plan({ reader, grants, now: principal.now(), progress: report });
      if (!dryRun) await report('write', 0, planned.writes.length);
      return planned;
    },
    options,
  );
  const body = {
    revision: position.revision,
    dry_run: dryRun,
    ...describeRevoked(revoked),
    changes: [],
  };
  return {
    body,
    owed: !dryRun,
    items: dryRun ? describeChanges(result) : result.map(({ action, kind, id }) => ({ action, kind, id })),
  };
}

/** The `revoked` field of a change. */
export function describeRevoked(revoked: readonly { readonly id: string }[]): { revoked?: string[] } {
  return revoked.length === 0 ? {} : { revoked: revoked.map(({ id }) => id) };
}

/** Characters of all documents in an answer. */
const MAX_DOCUMENTS = 16 * 1024 * 1024;

function* describeChanges(changes: readonly DetailedChange[]) {
  let left = MAX_DOCUMENTS;
  for (const change of changes) {
    const described = describeChange(change);
    if (left > 0) left -= JSON.stringify(described).length;
    if (left > 0) yield described;
    else yield { action: change.action, kind: change.kind, id: change.id, omitted: true };
  }
}

/** A change as scripts read it, with resources in the form that `apply` takes. */
function describeChange({ action, kind, id, before, after }: DetailedChange) {
  const document = (spec: StoredResource['spec']) => resourceDocument({ kind, spec } as StoredResource);
  if (action === 'unchanged') return { action, kind, id };
  return {
    action,
    kind,
    id,
    ...(before && { before: document(before) }),
    ...(after && { after: document(after) }),
  };
}
