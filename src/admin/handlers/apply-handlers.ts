import { GLOBAL } from '../../accounts/namespace-id.ts';
import { namespaceOf } from '../../resources/check-visible.ts';
import { describeChange } from '../../resources/describe-change.ts';
import { exportResources } from '../../resources/export-resources.ts';
import { findPrunable } from '../../resources/find-prunable.ts';
import { Forbidden } from '../../resources/forbidden.ts';
import { parseResources } from '../../resources/parse-resources.ts';
import { type DetailedChange, type PlanContext, planChanges } from '../../resources/plan-changes.ts';
import { planDirectoryImport } from '../../resources/plan-directory-import.ts';
import { resourceDocument } from '../../resources/resource-text.ts';
import { type Plan, type TransactOptions, transact } from '../../resources/transact.ts';
import { holds, sees } from '../../roles/grants.ts';
import type { HandlerContext, Handlers } from '../handler.ts';
import { inScope } from '../list-page.ts';
import { type Mistake, Refused } from '../problem.ts';
import { describeRevoked } from './resource-handlers.ts';

const ORIGIN = { file: 'request', document: 0 };

export const APPLY_HANDLERS: Handlers['resources'] = {
  async apply({ query, body }, context) {
    // JSON is YAML: what `apply` reads from files, with all that it says about mistakes.
    const resources = parseResources([{ file: 'request', text: JSON.stringify(body.resources) }]);
    return change(context, { dryRun: query.dry_run, revokeOthers: query.revoke_others }, async (planning) => {
      const prunable = query.prune ? await findPrunable(resources, planning.reader, planning.grants) : [];
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
    if (!holds(context.grants, 'admin', GLOBAL))
      throw new Forbidden('importing the directory', 'admin', GLOBAL);
    refuseRepeated('entries', body.entries);
    const entries = body.entries.map(({ claims, ...entry }) => ({
      ...entry,
      ...(claims && { claims }),
      origin: ORIGIN,
    }));
    return change(context, { dryRun: query.dry_run }, (planning) =>
      planDirectoryImport({ file: 'request', entries, prune: query.prune }, planning),
    );
  },

  async export({ query }, { reader, grants, tree }) {
    const { namespace } = query;
    inScope(grants, tree, namespace);
    const resources = await exportResources(reader, { namespace });
    const seen = resources.filter((resource) => sees(grants, namespaceOf(resource)));
    return { body: { resources: seen.map(resourceDocument) } };
  },
};

function refuseRepeated(
  field: string,
  named: readonly { readonly kind: string; readonly id: string }[],
): void {
  const seen = new Set<string>();
  const mistakes: Mistake[] = [];
  for (const [index, { kind, id }] of named.entries()) {
    const name = `${kind} ${id}`;
    if (seen.has(name))
      mistakes.push({ path: `body.${field}.${index}`, message: `${name} is there already` });
    seen.add(name);
  }
  if (mistakes.length > 0) throw new Refused('unprocessable', 'nothing was changed', mistakes);
}

async function change(
  { store, access }: HandlerContext,
  options: TransactOptions,
  plan: (planning: PlanContext) => Promise<Plan<DetailedChange[]>>,
) {
  const { result, position, revoked } = await transact(
    store,
    access,
    (reader, grants) => plan({ reader, grants, now: access.now() }),
    options,
  );
  const { dryRun = false } = options;
  const changes = dryRun
    ? result.map(describeChange)
    : result.map(({ action, kind, id }) => ({ action, kind, id }));
  return { body: { revision: position.revision, dry_run: dryRun, ...describeRevoked(revoked), changes } };
}
