import {
  buildNamespaceTreeInSteps,
  lineage,
  type NamespaceNode,
  type NamespaceTree,
} from '../accounts/namespace-tree.ts';
import type { Binding } from '../routes/binding.ts';
import { type PlacedRoute, RouteTable } from '../routes/route-table.ts';
import type { StorePicture, StorePosition } from '../store/port.ts';
import { parseRecord, type RecordKind, type RecordOf, type StoredRecord } from '../store/record.ts';
import { CLIENT_CERTIFICATE_POLICY } from './client-certificate-policy.ts';
import { type CompiledRecord, loadPolicy, type PictureSettings } from './load-policy.ts';
import { createPolicySet, type LoadResult, type PolicySet } from './policy-set.ts';
import { runSteps, runStepsInSlices } from './run-steps.ts';
import { namespaceOf, servedTree } from './served-namespaces.ts';

export type { PictureSettings } from './load-policy.ts';

/** Everything that decisions share, of one moment: immutable, and swapped whole. */
export interface Picture {
  readonly position: StorePosition;
  readonly tree: NamespaceTree;
  /** The namespaces that requests may belong to here. */
  readonly served: NamespaceTree;
  readonly routes: RouteTable;
  /** The policies for what a request belongs to. */
  policiesFor(binding: Binding): PolicySet;
  /** Policies that can't be used, for health and log. */
  readonly faults: readonly PolicyProblem[];
  /** By id and revision, so that the next picture compiles only what changed. */
  readonly compiled: ReadonlyMap<string, CompiledRecord>;
}

/** A policy of the store that can't be used: what it judges fails, but for a shadow policy. */
export interface PolicyProblem {
  /** Its id. */
  readonly policy: string;
  readonly problem: string;
}

/**
 * Builds the picture from the store's records. A damaged policy fails what it judges; a damaged namespace or route
 * throws, so that the picture before it stays: leaving it out would hand its hosts to others.
 */
export function buildPicture(stored: StorePicture, settings: PictureSettings, previous?: Picture): Picture {
  return runSteps(pictureSteps(stored, settings, previous));
}

/** The same while Checks are answered. */
export function buildPictureInSlices(
  stored: StorePicture,
  settings: PictureSettings,
  previous?: Picture,
): Promise<Picture> {
  return runStepsInSlices(pictureSteps(stored, settings, previous));
}

function* pictureSteps(
  stored: StorePicture,
  settings: PictureSettings,
  previous?: Picture,
): Generator<void, Picture> {
  const namespaces = yield* parseAll('namespace', stored.records);
  const { tree, problems } = yield* buildNamespaceTreeInSteps(namespaces.map(({ value }) => value));
  const problem = problems[0];
  if (problem) throw new Error(`namespace ${problem.id}: ${problem.problem}`);

  yield;
  const served = servedTree(tree, settings.namespaces);
  const concerns = (record: StoredRecord) => {
    const namespace = namespaceOf(record);
    return namespace === undefined || !tree.nodes.has(namespace) || served.nodes.has(namespace);
  };
  const compiled = new Map<string, CompiledRecord>();
  for (const record of stored.records) {
    if (record.kind !== 'policy' || !concerns(record)) continue;
    yield;
    const known = previous?.compiled.get(record.id);
    const reusable =
      known && previous?.position.epoch === stored.position.epoch && known.revision === record.revision;
    compiled.set(record.id, reusable ? known : loadPolicy(record, settings));
  }

  // Those of other namespaces that share hosts with one of these are kept, so that nothing else answers in their place.
  const sharesHosts = (record: StoredRecord) =>
    served.nodes.has(tree.nodes.get(namespaceOf(record) ?? '')?.holder.id ?? '');
  const placed: PlacedRoute[] = [];
  for (const { value: route, revision } of yield* parseAll(
    'route',
    stored.records,
    (record) => concerns(record) || sharesHosts(record),
  )) {
    const namespace = tree.nodes.get(route.namespace);
    if (!namespace) throw new Error(`route ${route.id}: there is no namespace ${route.namespace}`);
    const inside = served.nodes.has(namespace.id);
    placed.push({ route, namespace, stamp: `${route.id}@${revision}`, ...(!inside && { outside: true }) });
    yield;
  }
  yield;
  placed.sort((a, b) => a.namespace.depth - b.namespace.depth || (a.route.id < b.route.id ? -1 : 1));

  yield;
  const routes = yield* RouteTable.buildInSteps(tree, placed);

  const enforcedIn = groupEnforced(compiled);
  yield;
  const faults = [...compiled].flatMap(([policy, { result }]) =>
    'fault' in result ? [{ policy, problem: result.fault }] : [],
  );
  yield;
  const builtIn = settings.requiresClientCertificates ? [CLIENT_CERTIFICATE_POLICY] : [];
  const policiesOf = (node: NamespaceNode, own: readonly string[]): PolicySet =>
    createPolicySet([
      ...builtIn,
      ...own.map((id) => resolvePolicy(compiled, node, id)),
      ...enforcedOver(node, enforcedIn),
    ]);
  // Made on first use and kept as long as the picture: the first request for a route pays for its set.
  const sets = new Map<unknown, PolicySet>();
  const setFor = (owner: unknown, node: NamespaceNode, own: readonly string[]): PolicySet => {
    const known = sets.get(owner);
    if (known) return known;
    const set = policiesOf(node, own);
    sets.set(owner, set);
    return set;
  };

  return {
    position: stored.position,
    tree,
    served,
    routes,
    policiesFor({ route, namespace, policies }) {
      if (route) return setFor(route, namespace, route.policies);
      return policies
        ? setFor(JSON.stringify([namespace.id, ...policies]), namespace, policies)
        : setFor(namespace, namespace, namespace.namespace.default_policies);
    },
    faults,
    compiled,
  };
}

function* parseAll<K extends RecordKind>(
  kind: K,
  records: readonly StoredRecord[],
  counts: (record: StoredRecord) => boolean = () => true,
): Generator<void, { value: RecordOf<K>; revision: number }[]> {
  const parsed: { value: RecordOf<K>; revision: number }[] = [];
  for (const record of records) {
    if (record.kind !== kind || !counts(record)) continue;
    yield;
    parsed.push({ value: parseRecord(kind, record), revision: record.revision });
  }
  return parsed;
}

function groupEnforced(compiled: ReadonlyMap<string, CompiledRecord>): Map<string, LoadResult[]> {
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
  enforcedIn: ReadonlyMap<string, LoadResult[]>,
): Generator<LoadResult> {
  for (const { id } of lineage(node)) yield* enforcedIn.get(id) ?? [];
}

function resolvePolicy(
  compiled: ReadonlyMap<string, CompiledRecord>,
  node: NamespaceNode,
  id: string,
): LoadResult {
  const record = compiled.get(id);
  if (!record) return { fault: `there is no policy ${id}` };
  for (const above of lineage(node)) if (above.id === record.namespace) return record.result;
  return 'fault' in record.result
    ? record.result
    : { fault: `policy ${id} is not of ${node.id} or a namespace above it` };
}
