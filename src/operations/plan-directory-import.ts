import type { DirectoryUser } from '../accounts/directory-schema.ts';
import { type DirectoryEntry, entryFields } from '../manifests/directory-entry.ts';
import { parseResource } from '../manifests/read-resource-value.ts';
import { type Resource, ResourceError, type ResourceOrigin } from '../manifests/resource.ts';
import { type NamedResource, namesOf } from './changes/find-prunable.ts';
import { type DetailedChange, type PlanContext, planChanges } from './changes/plan-changes.ts';
import type { Removal } from './changes/proposed-change.ts';
import { removeDirectoryUsers } from './changes/remove-directory-users.ts';
import type { Plan } from './changes/transact.ts';
import type { Reader } from './reader.ts';

export interface DirectoryImport {
  /** Shown in problems. */
  readonly file: string;
  readonly entries: readonly DirectoryEntry[];
  /** Whether users and groups that are not in the file are deleted. */
  readonly prune: boolean;
  /** What may go of it; undefined for all. */
  readonly pruneOnly?: readonly NamedResource[];
}

/**
 * Makes the directory what a file says: what it does not say of somebody stays, groups that users name are made where
 * there are none. Throws `ResourceError`.
 */
export async function planDirectoryImport(
  { file, entries, prune, pruneOnly }: DirectoryImport,
  context: PlanContext,
): Promise<Plan<DetailedChange[]>> {
  const { reader } = context;
  const resources = await mergeEntries(entries, reader);
  resources.push(...(await missingGroups(resources, reader)));
  if (!prune) return planChanges(resources, [], context);

  const origin = { file, document: 0 };
  const kept = new Set(resources.map(({ kind, spec }) => `${kind} ${spec.id}`));
  for (const { kind, spec } of resources)
    if (kind === 'DirectoryUser') for (const group of spec.groups) kept.add(`DirectoryGroup ${group}`);
  if (!resources.some(({ kind }) => kind === 'DirectoryUser'))
    throw new ResourceError([
      { origin, path: '', message: 'no user is in it: pruning would delete them all' },
    ]);
  const mayGo = namesOf(pruneOnly);
  const leaving: DirectoryUser[] = [];
  for await (const user of reader.all('directory_user'))
    if (!kept.has(`DirectoryUser ${user.id}`) && mayGo('DirectoryUser', user.id)) leaving.push(user);
  const removed = await removeDirectoryUsers(leaving, reader, origin);
  const groups = (await unknownGroups(kept, reader, origin)).filter(({ kind, spec }) => mayGo(kind, spec.id));
  return planChanges([...resources, ...removed.resources], [...removed.removals, ...groups], context);
}

async function mergeEntries(entries: readonly DirectoryEntry[], reader: Reader): Promise<Resource[]> {
  const idsOf = (kind: DirectoryEntry['kind']) =>
    entries.filter((entry) => entry.kind === kind).map(({ id }) => id);
  const users = await reader.findAll('directory_user', idsOf('DirectoryUser'));
  const groups = await reader.findAll('directory_group', idsOf('DirectoryGroup'));
  return entries.map((entry) => {
    const current = entry.kind === 'DirectoryUser' ? users.get(entry.id) : groups.get(entry.id);
    return parseResource(entry.kind, entryFields(entry, current), entry.origin);
  });
}

/** Groups that users are in, and of which there is no record yet: called what they are named. */
async function missingGroups(resources: readonly Resource[], reader: Reader): Promise<Resource[]> {
  const named = new Map<string, ResourceOrigin>();
  for (const { kind, spec, origin } of resources)
    if (kind === 'DirectoryUser')
      for (const group of spec.groups) if (!named.has(group)) named.set(group, origin);
  for (const { kind, spec } of resources) if (kind === 'DirectoryGroup') named.delete(spec.id);
  for (const id of (await reader.findAll('directory_group', named.keys())).keys()) named.delete(id);
  return [...named].map(([id, origin]) => parseResource('DirectoryGroup', { id, name: id }, origin));
}

/** Groups that are neither in the file nor named by anybody in it. */
async function unknownGroups(
  kept: ReadonlySet<string>,
  reader: Reader,
  origin: ResourceOrigin,
): Promise<Removal[]> {
  const removals: Removal[] = [];
  for await (const { id } of reader.all('directory_group'))
    if (!kept.has(`DirectoryGroup ${id}`)) removals.push({ kind: 'DirectoryGroup', spec: { id }, origin });
  return removals;
}
