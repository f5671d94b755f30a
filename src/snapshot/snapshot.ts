import {
  ancestors,
  buildNamespaceTreeInSteps,
  type NamespaceNode,
  type NamespaceTree,
} from '../accounts/namespace-tree.ts';
import type { Binding } from '../routes/match-request.ts';
import { RouteTable } from '../routes/route-table.ts';
import type { StoreContents, StorePosition } from '../store/port.ts';
import type { StoredRecord } from '../store/record.ts';
import { CLIENT_CERTIFICATE_POLICY } from './client-certificate-policy.ts';
import { type LoadedPolicyRecord, loadPolicyOffThread, type SnapshotSettings } from './load-policy.ts';
import {
  type LoadedNamespace,
  type LoadedRoute,
  loadNamespace,
  loadRecords,
  loadRoute,
} from './load-records.ts';
import { placeRoutes } from './place-routes.ts';
import { policyCostProblems } from './policy-cost-problems.ts';
import { createPolicySet, type LoadResult, type PolicySet } from './policy-set.ts';
import type { RecordProblem } from './record-problem.ts';
import { runSteps, runStepsInSlices, type Step } from './run-steps.ts';
import { namespaceOf, reservesServedHosts, servedTree } from './served-namespaces.ts';

export type { SnapshotSettings } from './load-policy.ts';

/** The state that decisions are made from. Immutable: a change of the store replaces it. */
export interface Snapshot {
  readonly position: StorePosition;
  readonly tree: NamespaceTree;
  /** The namespaces that requests may belong to here. */
  readonly served: NamespaceTree;
  readonly routes: RouteTable;
  policiesFor(binding: Pick<Binding, 'namespace' | 'route' | 'policies'>): PolicySet;
  /**
   * The policies that still decide for a namespace in observe: those enforced above the namespace that set observe.
   * Undefined if there are none, or if the namespace enforces.
   */
  policiesAboveObserve(namespace: NamespaceNode): PolicySet | undefined;
  /** Invalid records, for health and log. */
  readonly faults: readonly RecordProblem[];
  /** The loaded records, so that the next snapshot loads only those that changed. */
  readonly loaded: LoadedRecords;
}

interface LoadedRecords {
  readonly namespaces: ReadonlyMap<string, LoadedNamespace>;
  readonly policies: ReadonlyMap<string, LoadedPolicyRecord>;
  readonly routes: ReadonlyMap<string, LoadedRoute>;
}

/** Builds the snapshot from the store's records. An invalid record fails only the requests that it may concern. */
export function buildSnapshot(
  stored: StoreContents,
  settings: SnapshotSettings,
  previous?: Snapshot,
): Snapshot {
  return runSteps(snapshotSteps(stored, settings, previous));
}

/** Builds the snapshot in slices, so that Checks are answered meanwhile. */
export function buildSnapshotInSlices(
  stored: StoreContents,
  settings: SnapshotSettings,
  previous?: Snapshot,
): Promise<Snapshot> {
  return runStepsInSlices(snapshotSteps(stored, settings, previous));
}

function* snapshotSteps(
  { position, records }: StoreContents,
  settings: SnapshotSettings,
  previous?: Snapshot,
): Generator<Step, Snapshot> {
  const known = previous?.position.epoch === position.epoch ? previous.loaded : undefined;
  const ofKind = (kind: RecordProblem['kind'], counts: (record: StoredRecord) => boolean) =>
    records.filter((record) => record.kind === kind && counts(record));

  const namespaces = yield* loadRecords(
    ofKind('namespace', () => true),
    known?.namespaces,
    loadNamespace,
  );
  const tree = yield* buildTree(namespaces);
  yield;
  const served = servedTree(tree, settings.namespaces);
  const concerns = (record: StoredRecord) => {
    const namespace = namespaceOf(record);
    return namespace === undefined || !tree.nodes.has(namespace) || served.nodes.has(namespace);
  };
  // Routes of other namespaces on hosts of served ones are kept, so that no other route matches in their place.
  const sharesHosts = (record: StoredRecord) => {
    const node = tree.nodes.get(namespaceOf(record) ?? '');
    return node !== undefined && reservesServedHosts(record, node, served);
  };

  yield;
  const policies = yield* loadRecords(ofKind('policy', concerns), known?.policies, (record) =>
    loadPolicyOffThread(record, settings),
  );
  const loadedRoutes = yield* loadRecords(
    ofKind('route', (record) => concerns(record) || sharesHosts(record)),
    known?.routes,
    loadRoute,
  );
  const { placed, damaged } = yield* placeRoutes(loadedRoutes, tree, served);
  const compiled = known ? previous?.routes.regexes : undefined;
  const routes = yield* RouteTable.buildInSteps(tree, placed, damaged, compiled);

  const enforcedIn = groupEnforced(policies);
  yield;
  const faults = [...namespaceProblems(namespaces, tree), ...policyProblems(policies)];
  faults.push(...(yield* policyCostProblems(placed, tree, policies, enforcedIn)));
  for (const { route, problem } of routes.faults) faults.push({ kind: 'route', id: route, problem });
  yield;
  const builtIn = settings.requiresClientCertificates ? [CLIENT_CERTIFICATE_POLICY] : [];
  const aboveObserve = new Map<NamespaceNode, PolicySet | undefined>();
  const policiesAboveObserve = ({ enforcement, enforcementSetter }: NamespaceNode): PolicySet | undefined => {
    const { parent } = enforcementSetter;
    if (enforcement === 'enforce' || !parent) return undefined;
    if (aboveObserve.has(parent)) return aboveObserve.get(parent);
    // The built-in policy counts as enforced by `global`.
    const results = [...builtIn, ...enforcedOver(parent, enforcedIn)];
    const set = results.length > 0 ? createPolicySet(results) : undefined;
    aboveObserve.set(parent, set);
    return set;
  };
  // Created on first use: the first request for a route pays for its set.
  const sets = new Map<unknown, PolicySet>();
  const setFor = (owner: unknown, node: NamespaceNode, own: readonly string[]): PolicySet => {
    const made = sets.get(owner);
    if (made) return made;
    const named = own.map((id) => resolvePolicy(policies, node, id));
    const set = createPolicySet(
      node.fault === undefined
        ? [...builtIn, ...named, ...enforcedOver(node, enforcedIn)]
        : [{ fault: node.fault }],
    );
    sets.set(owner, set);
    return set;
  };

  return {
    position,
    tree,
    served,
    routes,
    policiesFor({ route, namespace, policies: named }) {
      if (route) return setFor(route, namespace, route.policies);
      return named
        ? setFor(JSON.stringify([namespace.id, ...named]), namespace, named)
        : setFor(namespace, namespace, namespace.namespace.default_policies);
    },
    policiesAboveObserve,
    faults,
    loaded: { namespaces, policies, routes: loadedRoutes },
  };
}

/** The tree of all namespaces. An invalid namespace keeps its hosts. */
function* buildTree(namespaces: ReadonlyMap<string, LoadedNamespace>): Generator<Step, NamespaceTree> {
  const damaged = new Map<string, string>();
  for (const [id, { problem }] of namespaces)
    if (problem !== undefined) damaged.set(id, `namespace ${id}: ${problem}`);
  const known = [...namespaces.values()].flatMap(({ namespace }) => namespace ?? []);
  const { tree } = yield* buildNamespaceTreeInSteps(known, damaged);
  const lost = [...namespaces].find(([, { namespace }]) => namespace === undefined);
  return lost ? { ...tree, fault: tree.fault ?? damaged.get(lost[0]) } : tree;
}

function namespaceProblems(
  namespaces: ReadonlyMap<string, LoadedNamespace>,
  tree: NamespaceTree,
): RecordProblem[] {
  const problems: RecordProblem[] = [];
  for (const [id, { problem }] of namespaces) {
    const node = tree.nodes.get(id);
    const why = problem ?? node?.fault ?? (node ? ungrantedProblem(node) : tree.fault);
    if (why !== undefined) problems.push({ kind: 'namespace', id, problem: why });
  }
  return problems;
}

function ungrantedProblem({ isUngranted, allowedHosts: granted, parent }: NamespaceNode): string | undefined {
  return isUngranted
    ? `hosts: namespace ${parent?.id} has no hosts to grant, so ${granted.join(', ')} can't be matched`
    : undefined;
}

function policyProblems(policies: ReadonlyMap<string, LoadedPolicyRecord>): RecordProblem[] {
  return [...policies].flatMap(([id, { result }]): RecordProblem[] =>
    'fault' in result ? [{ kind: 'policy', id, problem: result.fault }] : [],
  );
}

function groupEnforced(compiled: ReadonlyMap<string, LoadedPolicyRecord>): Map<string, LoadResult[]> {
  const byNamespace = new Map<string, LoadResult[]>();
  for (const { namespace, enforced, result } of compiled.values()) {
    if (!enforced) continue;
    const list = byNamespace.get(namespace);
    if (list) list.push(result);
    else byNamespace.set(namespace, [result]);
  }
  return byNamespace;
}

function* enforcedOver(
  node: NamespaceNode,
  enforcedIn: ReadonlyMap<string, readonly LoadResult[]>,
): Generator<LoadResult> {
  for (const { id } of ancestors(node)) yield* enforcedIn.get(id) ?? [];
}

function resolvePolicy(
  compiled: ReadonlyMap<string, LoadedPolicyRecord>,
  node: NamespaceNode,
  id: string,
): LoadResult {
  const record = compiled.get(id);
  if (!record) return { fault: `there is no policy ${id}` };
  for (const above of ancestors(node)) if (above.id === record.namespace) return record.result;
  return 'fault' in record.result
    ? record.result
    : { fault: `policy ${id} is not of ${node.id} or a namespace above it` };
}
