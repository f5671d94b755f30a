import type { Namespace } from '../../accounts/namespace-schema.ts';
import { ProblemCollector } from '../../manifests/problem-collector.ts';
import { type ReportProgress, UNWATCHED } from '../../manifests/report-progress.ts';
import {
  RECORD_KIND_OF,
  type Resource,
  type ResourceKind,
  type StoredResource,
} from '../../manifests/resource.ts';
import type { Grants } from '../../roles/grants.ts';
import { takeTurns } from '../../snapshot/run-steps.ts';
import type { Write } from '../../store/port.ts';
import type { Reader } from '../reader.ts';
import { accountSpec, namespaceSpec } from '../select-resources.ts';
import { type AccountPlan, checkAccounts } from './check-accounts.ts';
import { checkDirectory } from './check-directory.ts';
import { checkPlaces } from './check-places.ts';
import { checkRemovals } from './check-removals.ts';
import { bindingsLeaving, checkRoleBindings } from './check-role-bindings.ts';
import { checkVisible } from './check-visible.ts';
import { grantsOverCreated } from './grants-over-created.ts';
import { leaveGroups } from './leave-groups.ts';
import type { Complain, NextPlaces, Removal } from './next-places.ts';
import { sameJson } from './same-json.ts';
import type { Plan } from './transact.ts';

/** What happens to one resource; `before` and `after` as far as there is one. */
export interface DetailedChange {
  readonly action: 'create' | 'update' | 'delete' | 'unchanged';
  readonly kind: ResourceKind;
  readonly id: string;
  readonly before: StoredResource['spec'] | undefined;
  readonly after: StoredResource['spec'] | undefined;
}

/** Everything a plan goes by, beside what is to change. */
export interface PlanContext {
  readonly reader: Reader;
  /** Of the author: what they may not see is not there for them. Whether they may make the change is for `transact`. */
  readonly grants: Grants;
  /** Milliseconds since the epoch, for accounts that are made. */
  readonly now: number;
  readonly pace?: ReportProgress;
}

/**
 * Works out what making `wanted` so and taking `removals` away would write, judged by the whole that would result.
 * Throws `ResourceError` with every mistake, and `OperationError`. No resource may be in both.
 */
export async function planChanges(
  wanted: readonly Resource[],
  wantedRemovals: readonly Removal[],
  { reader, grants: held, now, pace = UNWATCHED }: PlanContext,
): Promise<Plan<DetailedChange[]>> {
  const problems = new ProblemCollector();
  const complain: Complain = ({ kind, spec, origin }, field, message) => {
    problems.add({
      origin,
      path: [`${kind} ${spec.id}`, field].filter((part) => part !== '').join(': '),
      message,
    });
  };

  const shapes = [...wanted, ...wantedRemovals].some(({ kind }) => SHAPING.has(kind));
  const places = await readPlaces(reader, shapes);
  const resources = [...wanted, ...(await leaveGroups(wantedRemovals, wanted, reader, held))];
  const before = await readCurrent([...resources, ...wantedRemovals], places, reader);
  const grants = grantsOverCreated(held, createdNamespaces(resources, before));
  checkVisible(resources, wantedRemovals, before, grants, complain);
  problems.throwIfAny();
  const leaving = bindingsLeaving(wantedRemovals, resources, places);
  for (const removal of leaving)
    before.set(removal, stored('RoleBinding', places.roleBindings.get(removal.spec.id)));
  const removals = [...wantedRemovals, ...leaving];
  const stood = new Map(places.namespaces);
  for (const resource of resources) place(resource, places);
  for (const removal of removals) displace(removal, places);

  const turn = takeTurns();
  const written: Resource[] = [];
  for (const resource of resources) {
    if (!sameJson(before.get(resource)?.spec, resource.spec)) written.push(resource);
    await turn();
  }
  await checkRemovals(removals, places, resources, reader, complain);
  const moved = written.filter((resource) => isMoved(resource, before.get(resource)));
  if (shapes) await checkPlaces(written, moved, removals, before, places, stood, grants, complain, pace);
  const names = await checkDirectory(resources, removals, before, reader, grants, complain);
  const accounts = await checkAccounts(resources, removals, places, reader, grants, now, complain);
  await checkRoleBindings(resources, removals, before, places, reader, grants, complain);
  problems.throwIfAny();

  const isWritten = new Set<Resource>(written);
  const planned: Planned[] = [];
  for (const resource of resources) {
    const current = before.get(resource)?.spec;
    planned.push(planResource(resource, current, isWritten.has(resource), accounts, names));
    await turn();
  }
  for (const removal of removals)
    planned.push(planRemoval(removal, before.get(removal)?.spec, accounts, names));
  return { writes: planned.flatMap(({ writes }) => writes), result: planned.map(({ change }) => change) };
}

/** Whether a namespace gets other hosts, or another place in the tree. */
function isMoved({ kind, spec }: Resource, before: StoredResource | undefined): boolean {
  if (kind !== 'Namespace') return false;
  if (before?.kind !== 'Namespace') return false;
  return spec.parent !== before.spec.parent || !sameJson(spec.hosts, before.spec.hosts);
}

function createdNamespaces(
  resources: readonly Resource[],
  before: ReadonlyMap<Removal, StoredResource | undefined>,
): Namespace[] {
  return resources.flatMap((resource) =>
    resource.kind === 'Namespace' && before.get(resource) === undefined ? [resource.spec] : [],
  );
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
  names: ReadonlyMap<string, Write[]>,
): Planned {
  const account = kind === 'ServiceAccount' ? accounts.get(spec.id) : undefined;
  const before = account ? account.before && accountSpec(account.before) : current;
  const record: Write = { key: { kind: RECORD_KIND_OF[kind], id: spec.id }, value: spec };
  const reserved = kind === 'DirectoryUser' ? (names.get(spec.id) ?? []) : [];
  const own = isWritten ? [record, ...reserved] : [];
  const writes = account ? account.writes : own;
  const action = writes.length === 0 ? 'unchanged' : before === undefined ? 'create' : 'update';
  return { change: { action, kind, id: spec.id, before, after: spec }, writes };
}

function planRemoval(
  { kind, spec: { id } }: Removal,
  current: Spec | undefined,
  accounts: ReadonlyMap<string, AccountPlan>,
  names: ReadonlyMap<string, Write[]>,
): Planned {
  const account = kind === 'ServiceAccount' ? accounts.get(id) : undefined;
  const before = account ? account.before && accountSpec(account.before) : current;
  const record: Write = { key: { kind: RECORD_KIND_OF[kind], id }, value: undefined };
  const reserved = kind === 'DirectoryUser' ? (names.get(id) ?? []) : [];
  const writes = account ? account.writes : [record, ...reserved];
  return { change: { action: 'delete', kind, id, before, after: undefined }, writes };
}

/** The kinds that say who may refer to what. */
const SHAPING: ReadonlySet<ResourceKind> = new Set(['Namespace', 'Policy', 'Route']);

/** @param shapes whether anything that shapes decisions changes: else policies and routes need not be known */
async function readPlaces(reader: Reader, shapes: boolean): Promise<NextPlaces> {
  const places: NextPlaces = {
    namespaces: new Map(),
    policies: new Map(),
    routes: new Map(),
    roleBindings: new Map(),
  };
  for (const namespace of await reader.namespaces()) places.namespaces.set(namespace.id, namespace);
  for (const binding of await reader.bindings()) places.roleBindings.set(binding.id, binding);
  if (!shapes) return places;
  for await (const policy of reader.all('policy')) places.policies.set(policy.id, policy);
  for await (const route of reader.all('route')) places.routes.set(route.id, route);
  return places;
}

/** What each resource is now. */
async function readCurrent(
  subjects: readonly Removal[],
  places: NextPlaces,
  reader: Reader,
): Promise<Map<Removal, StoredResource | undefined>> {
  const idsOf = (kind: ResourceKind) =>
    subjects.filter((subject) => subject.kind === kind).map(({ spec }) => spec.id);
  const users = await reader.findAll('directory_user', idsOf('DirectoryUser'));
  const groups = await reader.findAll('directory_group', idsOf('DirectoryGroup'));
  const accounts = await reader.findAll('service_account', idsOf('ServiceAccount'));
  const find = (kind: ResourceKind, id: string): StoredResource | undefined => {
    switch (kind) {
      case 'Namespace': {
        const namespace = places.namespaces.get(id);
        return stored(kind, namespace && namespaceSpec(namespace));
      }
      case 'Policy':
        return stored(kind, places.policies.get(id));
      case 'Route':
        return stored(kind, places.routes.get(id));
      case 'RoleBinding':
        return stored(kind, places.roleBindings.get(id));
      case 'DirectoryUser':
        return stored(kind, users.get(id));
      case 'DirectoryGroup':
        return stored(kind, groups.get(id));
      case 'ServiceAccount': {
        const account = accounts.get(id);
        return stored(kind, account && accountSpec(account));
      }
      default:
        return kind satisfies never;
    }
  };
  return new Map(subjects.map((subject) => [subject, find(subject.kind, subject.spec.id)]));
}

function stored<K, S>(kind: K, spec: S | undefined): { kind: K; spec: S } | undefined {
  return spec && { kind, spec };
}

function place(resource: Resource, places: NextPlaces): void {
  if (resource.kind === 'Namespace') places.namespaces.set(resource.spec.id, resource.spec);
  else if (resource.kind === 'Policy') places.policies.set(resource.spec.id, resource.spec);
  else if (resource.kind === 'Route') places.routes.set(resource.spec.id, resource.spec);
  else if (resource.kind === 'RoleBinding') places.roleBindings.set(resource.spec.id, resource.spec);
}

function displace({ kind, spec: { id } }: Removal, places: NextPlaces): void {
  if (kind === 'Namespace') places.namespaces.delete(id);
  else if (kind === 'Policy') places.policies.delete(id);
  else if (kind === 'Route') places.routes.delete(id);
  else if (kind === 'RoleBinding') places.roleBindings.delete(id);
}
