import type { Write } from '../store/port.ts';
import { type AccountPlan, checkAccounts } from './check-accounts.ts';
import { checkDirectory } from './check-directory.ts';
import { checkPlaces } from './check-places.ts';
import { checkRemovals } from './check-removals.ts';
import { accountSpec } from './export-resources.ts';
import type { Complain, NextPlaces, Removal } from './next-places.ts';
import { type Pace, UNWATCHED } from './pace.ts';
import {
  RECORD_KIND_OF,
  type Resource,
  ResourceError,
  type ResourceKind,
  type ResourceProblem,
  type StoredResource,
} from './resource.ts';
import { sameJson } from './same-json.ts';
import type { Plan, Reader } from './transact.ts';

/** What happens to one resource; `before` and `after` as far as there is one. */
export interface DetailedChange {
  readonly action: 'create' | 'update' | 'delete' | 'unchanged';
  readonly kind: ResourceKind;
  readonly id: string;
  readonly before: StoredResource['spec'] | undefined;
  readonly after: StoredResource['spec'] | undefined;
}

/**
 * Works out what making `resources` so and taking `removals` away would write, judged by the whole that would result.
 * Throws `ResourceError` with every mistake. No resource may be in both.
 * @param now milliseconds since the epoch, for accounts made by it
 */
export async function planChanges(
  resources: readonly Resource[],
  removals: readonly Removal[],
  reader: Reader,
  now: number,
  pace: Pace = UNWATCHED,
): Promise<Plan<DetailedChange[]>> {
  const problems: ResourceProblem[] = [];
  const complain: Complain = ({ kind, spec, origin }, field, message) => {
    problems.push({
      origin,
      path: [`${kind} ${spec.id}`, field].filter((part) => part !== '').join(': '),
      message,
    });
  };

  const places = await readPlaces(reader);
  const before = await readCurrent([...resources, ...removals], places, reader);
  for (const resource of resources) place(resource, places);
  for (const removal of removals) displace(removal, places);

  const written = resources.filter((resource) => !sameJson(before.get(resource), resource.spec));
  await checkRemovals(removals, before, places, resources, reader, complain);
  await checkPlaces(written, removals, places, complain, pace);
  await checkDirectory(resources, reader, complain);
  const accounts = await checkAccounts(resources, removals, places, reader, now, complain);
  if (problems.length > 0) throw new ResourceError(problems);

  const isWritten = new Set<Resource>(written);
  const planned = [
    ...resources.map((resource) =>
      planResource(resource, before.get(resource), isWritten.has(resource), accounts),
    ),
    ...removals.map((removal) => planRemoval(removal, before.get(removal), accounts)),
  ];
  return { writes: planned.flatMap(({ writes }) => writes), result: planned.map(({ change }) => change) };
}

interface Planned {
  readonly change: DetailedChange;
  readonly writes: readonly Write[];
}

type Spec = StoredResource['spec'];

function planResource(
  { kind, spec }: Resource,
  current: Spec | undefined,
  isWritten: boolean,
  accounts: ReadonlyMap<string, AccountPlan>,
): Planned {
  const account = kind === 'ServiceAccount' ? accounts.get(spec.id) : undefined;
  const before = account ? account.before && accountSpec(account.before) : current;
  const own = isWritten ? [{ key: { kind: RECORD_KIND_OF[kind], id: spec.id }, value: spec }] : [];
  const writes = account ? account.writes : own;
  const action = writes.length === 0 ? 'unchanged' : before === undefined ? 'create' : 'update';
  return { change: { action, kind, id: spec.id, before, after: spec }, writes };
}

function planRemoval(
  { kind, spec: { id } }: Removal,
  current: Spec | undefined,
  accounts: ReadonlyMap<string, AccountPlan>,
): Planned {
  const account = kind === 'ServiceAccount' ? accounts.get(id) : undefined;
  const before = account ? account.before && accountSpec(account.before) : current;
  const writes = account ? account.writes : [{ key: { kind: RECORD_KIND_OF[kind], id }, value: undefined }];
  return { change: { action: 'delete', kind, id, before, after: undefined }, writes };
}

async function readPlaces(reader: Reader): Promise<NextPlaces> {
  const places: NextPlaces = { namespaces: new Map(), policies: new Map(), routes: new Map() };
  for await (const namespace of reader.all('namespace')) places.namespaces.set(namespace.id, namespace);
  for await (const policy of reader.all('policy')) places.policies.set(policy.id, policy);
  for await (const route of reader.all('route')) places.routes.set(route.id, route);
  return places;
}

/** What each resource is now, but for service accounts, which `checkAccounts` compares. */
async function readCurrent(
  subjects: readonly Removal[],
  places: NextPlaces,
  reader: Reader,
): Promise<Map<Removal, Spec | undefined>> {
  const idsOf = (kind: ResourceKind) =>
    subjects.filter((subject) => subject.kind === kind).map(({ spec }) => spec.id);
  const users = await reader.findAll('directory_user', idsOf('DirectoryUser'));
  const groups = await reader.findAll('directory_group', idsOf('DirectoryGroup'));
  const current: Record<ResourceKind, ReadonlyMap<string, Spec>> = {
    Namespace: places.namespaces,
    Policy: places.policies,
    Route: places.routes,
    DirectoryUser: users,
    DirectoryGroup: groups,
    ServiceAccount: new Map(),
  };
  return new Map(subjects.map((subject) => [subject, current[subject.kind].get(subject.spec.id)]));
}

function place(resource: Resource, places: NextPlaces): void {
  if (resource.kind === 'Namespace') places.namespaces.set(resource.spec.id, resource.spec);
  else if (resource.kind === 'Policy') places.policies.set(resource.spec.id, resource.spec);
  else if (resource.kind === 'Route') places.routes.set(resource.spec.id, resource.spec);
}

function displace({ kind, spec: { id } }: Removal, places: NextPlaces): void {
  if (kind === 'Namespace') places.namespaces.delete(id);
  else if (kind === 'Policy') places.policies.delete(id);
  else if (kind === 'Route') places.routes.delete(id);
}
