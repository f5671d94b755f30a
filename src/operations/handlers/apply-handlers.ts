import { GLOBAL } from '../../accounts/namespace-id.ts';
import { type Issue, OperationError } from '../../contract/operation-error.ts';
import { parseResourceValues } from '../../manifests/parse-resources.ts';
import type { ReportProgress } from '../../manifests/report-progress.ts';
import type { StoredResource } from '../../manifests/resource.ts';
import { resourceDocument } from '../../manifests/resource-text.ts';
import { holds, sees } from '../../roles/grants.ts';
import { takeTurns } from '../../snapshot/run-steps.ts';
import { findPrunable } from '../changes/find-prunable.ts';
import { type DetailedChange, type PlanContext, planChanges } from '../changes/plan-changes.ts';
import { type Plan, type TransactOptions, transact } from '../changes/transact.ts';
import { describeChange } from '../describe-change.ts';
import { selectResources } from '../export-resources.ts';
import type { HandlerContext, Handlers } from '../handler.ts';
import { inScope } from '../list-page.ts';
import { planDirectoryImport } from '../plan-directory-import.ts';
import { forbidden } from '../refusals.ts';
import { describeRevoked } from './resource-handlers.ts';

const ORIGIN = { file: 'request', document: 0 };

export const APPLY_HANDLERS: Handlers['resources'] = {
  async apply({ query, body }, context) {
    const resources = await parseResourceValues('request', body.resources, paceOf(context));
    const options = { dryRun: query.dry_run, revokeOthers: query.revoke_others };
    return change(context, options, async (planning) => {
      const { reader, grants } = planning;
      const prunable = query.prune ? await findPrunable(resources, reader, grants, body.prune_only) : [];
      return planChanges(resources, prunable, planning);
    });
  },

  async remove({ query, body }, context) {
    refuseRepeated('resources', body.resources);
    const removals = body.resources.map(({ kind, id }) => ({ kind, spec: { id }, origin: ORIGIN }));
    return change(context, { dryRun: query.dry_run }, (planning) => planChanges([], removals, planning));
  },

  async importDirectory({ query, body }, context) {
    // The directory is read as a whole, before it is known what would change.
    if (!holds(context.grants, 'admin', GLOBAL)) throw forbidden('importing the directory', 'admin', GLOBAL);
    refuseRepeated('entries', body.entries);
    const entries = body.entries.map(({ claims, ...entry }) => ({
      ...entry,
      ...(claims && { claims }),
      origin: ORIGIN,
    }));
    return change(context, { dryRun: query.dry_run }, (planning) =>
      planDirectoryImport(
        {
          file: 'request',
          entries,
          prune: query.prune,
          ...(body.prune_only && { pruneOnly: body.prune_only }),
        },
        planning,
      ),
    );
  },

  async export({ query }, { reader, grants, tree }) {
    const { namespace } = query;
    inScope(grants, tree, namespace);
    const selected = selectResources(reader, { namespace, sees: (id) => sees(grants, id) });
    return { body: { resources: [] }, items: documentsOf(selected) };
  },
};

async function* documentsOf(resources: AsyncIterable<StoredResource>) {
  for await (const resource of resources) yield resourceDocument(resource);
}

function refuseRepeated(
  field: string,
  named: readonly { readonly kind: string; readonly id: string }[],
): void {
  const seen = new Set<string>();
  const mistakes: Issue[] = [];
  for (const [index, { kind, id }] of named.entries()) {
    const name = `${kind} ${id}`;
    if (seen.has(name))
      mistakes.push({ path: `body.${field}.${index}`, message: `${name} is there already` });
    seen.add(name);
  }
  if (mistakes.length > 0) throw new OperationError('unprocessable', 'nothing was changed', mistakes);
}

async function change(
  context: HandlerContext,
  options: TransactOptions,
  plan: (planning: PlanContext) => Promise<Plan<DetailedChange[]>>,
) {
  const { store, access } = context;
  const { dryRun = false } = options;
  const pace = paceOf(context);
  const { result, position, revoked } = await transact(
    store,
    access,
    (reader, grants) => plan({ reader, grants, now: access.now(), pace }),
    options,
  );
  const body = { revision: position.revision, dry_run: dryRun, ...describeRevoked(revoked), changes: [] };
  return {
    body,
    owed: !dryRun,
    items: dryRun ? describeChanges(result) : result.map(({ action, kind, id }) => ({ action, kind, id })),
  };
}

/** Characters of all documents in an answer; whole ones may be far larger than what named them. */
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

/** Lets others have their turn during long work, and ends it where the client has gone. */
function paceOf({ gone }: HandlerContext): ReportProgress {
  const turn = takeTurns();
  return async () => {
    if (gone.aborted) throw new OperationError('too-many-requests', 'the client has gone');
    await turn();
  };
}
