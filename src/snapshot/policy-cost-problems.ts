import type { NamespaceNode, NamespaceTree } from '../accounts/namespace-tree.ts';
import { MAX_POLICY_COST } from '../policy/criterion-cost.ts';
import type { PlacedRoute } from '../routes/route-table.ts';
import type { LoadedPolicyRecord } from './load-policy.ts';
import { describePolicyExcess, type LoadResult } from './policy-set.ts';
import type { RecordProblem } from './record-problem.ts';

/** Routes and namespaces whose policies exceed `MAX_POLICY_COST`. For a namespace, its default policies count. */
export function* policyCostProblems(
  routes: readonly PlacedRoute[],
  tree: NamespaceTree,
  policies: ReadonlyMap<string, LoadedPolicyRecord>,
  enforcedIn: ReadonlyMap<string, readonly LoadResult[]>,
): Generator<void, RecordProblem[]> {
  const problems: RecordProblem[] = [];
  const enforcedOn = new Map<NamespaceNode | undefined, number>();
  // Parents come first.
  for (const node of tree.nodes.values()) {
    let cost = enforcedOn.get(node.parent) ?? 0;
    for (const result of enforcedIn.get(node.id) ?? []) cost += decidingCost(result);
    enforcedOn.set(node, cost);
    yield;
  }
  const costOf = (node: NamespaceNode, own: readonly string[]): number => {
    let cost = enforcedOn.get(node) ?? 0;
    for (const id of new Set(own)) {
      const record = policies.get(id);
      if (record && !record.enforced) cost += decidingCost(record.result);
    }
    return cost;
  };
  const note = (kind: RecordProblem['kind'], id: string, field: string, cost: number) => {
    if (cost <= MAX_POLICY_COST) return;
    problems.push({ kind, id, problem: `${field}: ${describePolicyExcess(cost)}` });
  };
  for (const { route, namespace } of routes) {
    note('route', route.id, 'policies', costOf(namespace, route.policies));
    yield;
  }
  for (const node of tree.nodes.values()) {
    note('namespace', node.id, 'default_policies', costOf(node, node.namespace.default_policies));
    yield;
  }
  return problems;
}

function decidingCost(result: LoadResult): number {
  return 'fault' in result || result.policy.mode === 'shadow' ? 0 : result.compiled.cost;
}
