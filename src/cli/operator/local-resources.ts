import type { ResourceKind, StoredResource } from '../../manifests/resource.ts';
import { findPrunable } from '../../operations/changes/find-prunable.ts';
import { type DetailedChange, type PlanContext, planChanges } from '../../operations/changes/plan-changes.ts';
import type { Removal } from '../../operations/changes/proposed-change.ts';
import { type Plan, transact } from '../../operations/changes/transact.ts';
import { exportResources, findResource, UnknownResource } from '../../operations/export-resources.ts';
import { planDirectoryImport } from '../../operations/plan-directory-import.ts';
import { Reader } from '../../operations/reader.ts';
import { readAccountStates } from './account-states.ts';
import type { LocalParts } from './local-accounts.ts';
import type { ChangeHow, Changes, FoundResource, ResourceOperator } from './operator.ts';

/** Resources of the store of this machine. */
export function localResources({ store, access }: LocalParts): ResourceOperator {
  const reader = () => new Reader(store);
  const described = async (
    resources: readonly StoredResource[],
    withState: boolean,
  ): Promise<FoundResource[]> => {
    const states = withState ? await readAccountStates(store, resources, access.now()) : undefined;
    return resources.map((resource) => ({
      resource,
      state: resource.kind === 'ServiceAccount' ? states?.get(resource.spec.id) : undefined,
    }));
  };
  const change = async (
    { dryRun, revokeOthers = false, progress }: ChangeHow,
    plan: (planning: PlanContext) => Promise<Plan<DetailedChange[]>>,
  ): Promise<Changes> => {
    const { result, position, revoked } = await transact(
      store,
      access,
      async (reader, grants) => {
        const planned = await plan({ reader, grants, now: access.now(), pace: progress.pace });
        if (!dryRun) progress.writing(planned.writes.length);
        return planned;
      },
      { dryRun, revokeOthers },
    );
    return { revision: position.revision, changes: result, revoked: revoked.map(({ id }) => id) };
  };
  return {
    async findResource(kind, id, withState) {
      const found = await findResource(reader(), kind, id);
      return found && (await described([found], withState))[0];
    },
    listResources: async (kind, namespace, withState) =>
      described(await exportResources(reader(), { kind, namespace }), withState),
    exportResources: (namespace) => exportResources(reader(), { namespace }),
    apply: (resources, prune, how) =>
      change(how, async (planning) => {
        const { reader, grants } = planning;
        const removals = prune ? await findPrunable(resources, reader, grants, how.pruneOnly) : [];
        return planChanges(resources, removals, planning);
      }),
    deleteResource: (kind, id, how) =>
      change(how, async (planning) =>
        planChanges([], [await findRemoval(planning.reader, kind, id)], planning),
      ),
    deleteResources: (removals, how) => change(how, (planning) => planChanges([], removals, planning)),
    importDirectory: (wanted, how) =>
      change(how, (planning) =>
        planDirectoryImport({ ...wanted, ...(how.pruneOnly && { pruneOnly: how.pruneOnly }) }, planning),
      ),
  };
}

async function findRemoval(reader: Reader, kind: ResourceKind, id: string): Promise<Removal> {
  if (await findResource(reader, kind, id))
    return { kind, spec: { id }, origin: { file: 'delete', document: 0 } };
  const known = await exportResources(reader, { kind });
  throw new UnknownResource(
    kind,
    id,
    known.map(({ spec }) => spec.id),
  );
}
