import { exportResources } from '../../resources/export-resources.ts';
import { findPrunable } from '../../resources/find-prunable.ts';
import { parseResources } from '../../resources/parse-resources.ts';
import { planChanges } from '../../resources/plan-changes.ts';
import { resourceDocument } from '../../resources/resource-text.ts';
import { transact } from '../../resources/transact.ts';
import type { Handlers } from '../handler.ts';
import { inScope } from '../list-page.ts';

export const APPLY_HANDLERS: Handlers['resources'] = {
  async apply({ query, body }, { store, access }) {
    // JSON is YAML: what `apply` reads from files, with all that it says about mistakes.
    const resources = parseResources([{ file: 'request', text: JSON.stringify(body.resources) }]);
    const { result, position } = await transact(
      store,
      access,
      async (reader, grants) => {
        const prunable = query.prune ? await findPrunable(resources, reader, grants) : [];
        return planChanges(resources, prunable, { reader, grants, now: access.now() });
      },
      { dryRun: query.dry_run },
    );
    const changes = result.map(({ action, kind, id }) => ({ action, kind, id }));
    return { body: { revision: position.revision, dry_run: query.dry_run, changes } };
  },

  async export({ query }, { reader, grants, tree }) {
    inScope(grants, tree, query.namespace);
    const resources = await exportResources(reader, { namespace: query.namespace });
    return { body: { resources: resources.map(resourceDocument) } };
  },
};
