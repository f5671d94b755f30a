import { LRUCache } from 'lru-cache';
import {
  ancestors,
  isWithin,
  type NamespaceNode,
  type NamespaceTree,
} from '../../accounts/namespace-tree.ts';
import type { ReportProgress } from '../../manifests/report-progress.ts';
import type { Resource } from '../../manifests/resource.ts';
import { compilePolicy } from '../../policy/compile-policy.ts';
import { MAX_POLICY_COST } from '../../policy/criterion-cost.ts';
import { PolicyError } from '../../policy/policy-error.ts';
import type { Policy } from '../../policy/policy-schema.ts';
import { type Grants, sees } from '../../roles/grants.ts';
import { describePolicyExcess } from '../../snapshot/policy-set.ts';
import type { Complain, NextPlaces, Subject } from './next-places.ts';

/** What is judged together: the policies that a route or a namespace names, and those enforced over it. */
interface Judged {
  readonly kind: 'Route' | 'Namespace';
  readonly id: string;
  readonly node: NamespaceNode;
  readonly field: 'policies' | 'default_policies';
  readonly own: readonly string[];
}

/** Everything that the change is about. */
interface Change {
  readonly written: ReadonlyMap<string, Resource>;
  /** Nodes of namespaces that have another place, and of policies that are enforced. */
  readonly above: readonly NamespaceNode[];
}

/** The policies of any one request stay within what a Check may cost: of every route and namespace that the change touches. */
export async function checkPolicyCosts(
  written: readonly Resource[],
  moved: readonly Subject[],
  places: NextPlaces,
  tree: NamespaceTree,
  grants: Grants,
  complain: Complain,
  pace: ReportProgress,
): Promise<void> {
  const change = describeChange(written, moved, tree);
  const enforced = enforcedByNamespace(places);
  const touched = [...everythingJudged(places, tree)].filter((judged) => isTouched(judged, change));
  for (const [index, judged] of touched.entries()) {
    await pace('check', index, touched.length);
    const policies = policiesOf(judged, places, enforced);
    let cost = 0;
    for (const policy of policies) cost += costOfPolicy(policy);
    if (cost <= MAX_POLICY_COST) continue;
    const problem = describePolicyExcess(cost);
    const own = change.written.get(`${judged.kind} ${judged.id}`);
    const culprit =
      own ??
      [...policies].map(({ id }) => change.written.get(`Policy ${id}`)).find((each) => each !== undefined) ??
      moved[0];
    if (!culprit) continue;
    if (culprit === own) complain(culprit, judged.field, problem);
    else if (sees(grants, judged.node.id))
      complain(culprit, '', `would break ${judged.kind} ${judged.id}: ${judged.field}: ${problem}`);
    else complain(culprit, '', `would break what it is enforced on: ${problem}`);
  }
}

function describeChange(
  written: readonly Resource[],
  moved: readonly Subject[],
  tree: NamespaceTree,
): Change {
  const ids: string[] = moved.map(({ spec }) => spec.id);
  for (const resource of written)
    if (resource.kind === 'Policy' && resource.spec.enforced) ids.push(resource.spec.namespace);
  return {
    written: new Map(written.map((resource) => [`${resource.kind} ${resource.spec.id}`, resource])),
    above: [...new Set(ids)].flatMap((id) => tree.nodes.get(id) ?? []),
  };
}

function* everythingJudged(places: NextPlaces, tree: NamespaceTree): Generator<Judged> {
  for (const { id, namespace, policies } of places.routes.values()) {
    const node = tree.nodes.get(namespace);
    if (node) yield { kind: 'Route', id, node, field: 'policies', own: policies };
  }
  for (const node of tree.nodes.values())
    yield {
      kind: 'Namespace',
      id: node.id,
      node,
      field: 'default_policies',
      own: node.namespace.default_policies,
    };
}

function isTouched({ kind, id, node, own }: Judged, { written, above }: Change): boolean {
  return (
    written.has(`${kind} ${id}`) ||
    own.some((policy) => written.has(`Policy ${policy}`)) ||
    above.some((each) => isWithin(node, each))
  );
}

function enforcedByNamespace({ policies }: NextPlaces): Map<string, Policy[]> {
  const enforced = new Map<string, Policy[]>();
  for (const policy of policies.values()) {
    if (!policy.enforced) continue;
    const list = enforced.get(policy.namespace);
    if (list) list.push(policy);
    else enforced.set(policy.namespace, [policy]);
  }
  return enforced;
}

function policiesOf(
  { node, own }: Judged,
  { policies }: NextPlaces,
  enforced: ReadonlyMap<string, readonly Policy[]>,
): Set<Policy> {
  const found = new Set(own.flatMap((id) => policies.get(id) ?? []));
  for (const { id } of ancestors(node)) for (const policy of enforced.get(id) ?? []) found.add(policy);
  return found;
}

/** Characters of documents whose cost is remembered. */
const MAX_REMEMBERED = 4 * 1024 * 1024;
const costs = new LRUCache<string, number>({
  maxSize: MAX_REMEMBERED,
  sizeCalculation: (_, text) => text.length,
});

/** 0 of one that does not compile, which is refused for itself or fails what it judges. */
function costOfPolicy({ ppl }: Policy): number {
  const text = typeof ppl === 'string' ? ppl : JSON.stringify(ppl);
  const known = costs.get(text);
  if (known !== undefined) return known;
  const cost = compiledCost(text);
  costs.set(text, cost);
  return cost;
}

function compiledCost(text: string): number {
  try {
    return compilePolicy(text).cost;
  } catch (error) {
    if (error instanceof PolicyError) return 0;
    throw error;
  }
}
