import { ProblemCollector } from '../../manifests/problem-collector.ts';
import { type ReportProgress, UNWATCHED } from '../../manifests/report-progress.ts';
import { ofKind, type Resource, ResourceKind, type StoredResource } from '../../manifests/resource.ts';
import type { Grants } from '../../roles/grants.ts';
import { takeTurns } from '../../snapshot/run-steps.ts';
import type { Write } from '../../store/port.ts';
import type { Reader } from '../reader.ts';
import { STORED_KINDS } from '../resource-kinds.ts';
import { checkAccounts } from './check-accounts.ts';
import { checkDirectory } from './check-directory.ts';
import { checkStrandedRoutes } from './check-hosts.ts';
import { checkNamespaces } from './check-namespaces.ts';
import { checkPolicy, checkPolicyCosts } from './check-policy-costs.ts';
import { checkReferences } from './check-references.ts';
import { checkRegexes } from './check-regexes.ts';
import { checkRemovals } from './check-removals.ts';
import { bindingsLeaving, checkRoleBindings } from './check-role-bindings.ts';
import { checkClaims, checkRoute } from './check-routes.ts';
import { checkVisible } from './check-visible.ts';
import { grantsOverCreated } from './grants-over-created.ts';
import { leaveGroups } from './leave-groups.ts';
import { proposeChange } from './propose-change.ts';
import type { Removal, ReportProblem, ResourceRef } from './proposed-change.ts';
import type { Plan } from './transact.ts';

/** What happens to one resource; `before` and `after` as far as there is one. */
export interface DetailedChange {
  readonly action: 'create' | 'update' | 'delete' | 'unchanged';
  readonly kind: ResourceKind;
  readonly id: string;
  readonly before: StoredResource['spec'] | undefined;
  readonly after: StoredResource['spec'] | undefined;
}

/** The context of a plan. */
export interface PlanContext {
  readonly reader: Reader;
  /** Of the author: what they may not see is not there for them. Whether they may make the change is for `transact`. */
  readonly grants: Grants;
  /** Milliseconds since the epoch, for accounts that are made. */
  readonly now: number;
  readonly progress?: ReportProgress;
}

/**
 * Plans the writes that apply `wanted` and delete `removals`, and checks the resulting state as a whole.
 * Throws `ResourceError` with every problem, and `OperationError`. No resource may be in both.
 */
export async function planChanges(
  wanted: readonly Resource[],
  wantedRemovals: readonly Removal[],
  { reader, grants: held, now, progress = UNWATCHED }: PlanContext,
): Promise<Plan<DetailedChange[]>> {
  const problems = new ProblemCollector();
  const report: ReportProblem = ({ kind, spec, origin }, field, message) => {
    const path = [`${kind} ${spec.id}`, field].filter((part) => part !== '').join(': ');
    problems.add({ origin, path, message });
  };

  const resources = [...wanted, ...(await leaveGroups(wantedRemovals, wanted, reader, held))];
  const current = await readCurrent([...resources, ...wantedRemovals], reader);
  const created = ofKind('Namespace', resources).filter((namespace) => !current.get(namespace));
  const grants = grantsOverCreated(
    held,
    created.map(({ spec }) => spec),
  );
  checkVisible({ resources, removals: wantedRemovals, current, grants, report });
  problems.throwIfAny();
  const leaving = await bindingsLeaving(wantedRemovals, resources, reader);
  for (const binding of leaving) current.set(binding, binding);
  const removals = [...wantedRemovals, ...leaving];

  const change = await proposeChange({ resources, removals, current, reader, grants, report, progress });
  await checkRemovals(change);
  checkNamespaces(change);
  for (const [index, resource] of change.written.entries()) {
    await progress('check', index, change.written.length);
    if (resource.kind === 'Policy') checkPolicy(resource, change);
    else if (resource.kind === 'Route') checkRoute(resource, change);
  }
  if (change.treeProblems.length === 0) {
    checkStrandedRoutes(change);
    await checkReferences(change);
  }
  await checkClaims(change);
  checkRegexes(change);
  await checkPolicyCosts(change);
  const names = await checkDirectory(change);
  const accounts = await checkAccounts(change, now);
  await checkRoleBindings(change);
  problems.throwIfAny();

  const written = new Set<ResourceRef>(change.written);
  const turn = takeTurns();
  const planned: Planned[] = [];
  for (const resource of resources) {
    planned.push(planOne(resource, resource.spec, written.has(resource)));
    await turn();
  }
  for (const removal of removals) planned.push(planOne(removal, undefined, true));
  return { writes: planned.flatMap(({ writes }) => writes), result: planned.map(({ change }) => change) };

  function planOne(ref: ResourceRef, after: Spec | undefined, isWritten: boolean): Planned {
    const { kind } = ref;
    const { id } = ref.spec;
    const record: Write = { key: { kind: STORED_KINDS[kind].record, id }, value: after };
    const reserved = kind === 'DirectoryUser' ? (names.get(id) ?? []) : [];
    const own = isWritten ? [record, ...reserved] : [];
    const writes = kind === 'ServiceAccount' ? (accounts.get(id) ?? []) : own;
    const before = current.get(ref)?.spec;
    const action = !after ? 'delete' : writes.length === 0 ? 'unchanged' : before ? 'update' : 'create';
    return { change: { action, kind, id, before, after }, writes };
  }
}

type Spec = StoredResource['spec'];

interface Planned {
  readonly change: DetailedChange;
  readonly writes: readonly Write[];
}

async function readCurrent(
  refs: readonly ResourceRef[],
  reader: Reader,
): Promise<Map<ResourceRef, StoredResource | undefined>> {
  const current = new Map<ResourceRef, StoredResource | undefined>();
  for (const kind of ResourceKind.options) {
    const own = ofKind(kind, refs);
    const ids = own.map(({ spec }) => spec.id);
    const found = own.length > 0 ? await reader.findResources(kind, ids) : undefined;
    for (const ref of own) current.set(ref, found?.get(ref.spec.id));
  }
  return current;
}
