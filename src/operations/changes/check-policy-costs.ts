import { LRUCache } from 'lru-cache';
import { ancestors, isWithin, type NamespaceNode } from '../../accounts/namespace-tree.ts';
import type { Resource } from '../../manifests/resource.ts';
import { ofKind } from '../../manifests/resource.ts';
import { compilePolicy } from '../../policy/compile-policy.ts';
import { MAX_POLICY_COST } from '../../policy/criterion-cost.ts';
import { PolicyError } from '../../policy/policy-error.ts';
import type { Policy } from '../../policy/policy-schema.ts';
import { sees } from '../../roles/grants.ts';
import { describePolicyExcess } from '../../snapshot/policy-set.ts';
import { noNamespace, type ProposedChange, type ResourceRef, refsByName } from './proposed-change.ts';

/** Policies that are evaluated together: those that a route or a namespace names, and those enforced on it. */
interface EvaluatedPolicies {
  readonly kind: 'Route' | 'Namespace';
  readonly id: string;
  readonly node: NamespaceNode;
  readonly field: 'policies' | 'default_policies';
  readonly own: readonly string[];
}

/** The policies of each touched route and namespace stay within the cost bound of a Check. */
export async function checkPolicyCosts(change: ProposedChange): Promise<void> {
  const { written, moved, grants, report, progress } = change;
  const own = refsByName(written);
  const enforced = new Map<string, Policy[]>();
  for (const policy of change.policies.values())
    if (policy.enforced) enforced.set(policy.namespace, [...(enforced.get(policy.namespace) ?? []), policy]);
  const touched = findTouched(change, own);
  for (const [index, { kind, id, node, field, own: named }] of touched.entries()) {
    await progress('check', index, touched.length);
    const policies = new Set(named.flatMap((each) => change.policies.get(each) ?? []));
    for (const { id } of ancestors(node)) for (const policy of enforced.get(id) ?? []) policies.add(policy);
    let cost = 0;
    for (const policy of policies) cost += costOfPolicy(policy);
    if (cost <= MAX_POLICY_COST) continue;
    const problem = describePolicyExcess(cost);
    const resource = own.get(`${kind} ${id}`);
    const cause =
      resource ??
      [...policies].map((policy) => own.get(`Policy ${policy.id}`)).find((each) => each !== undefined) ??
      moved[0];
    if (!cause) continue;
    if (cause === resource) report(cause, field, problem);
    else if (sees(grants, node.id)) report(cause, '', `would break ${kind} ${id}: ${field}: ${problem}`);
    else report(cause, '', `would break what it is enforced on: ${problem}`);
  }
}

/** What the change touches directly, through a policy, or through an ancestor. */
function findTouched(
  { written, moved, routes, nextTree: { nodes } }: ProposedChange,
  own: ReadonlyMap<string, ResourceRef>,
): EvaluatedPolicies[] {
  const enforcing = ofKind('Policy', written).filter(({ spec }) => spec.enforced);
  const above = [...moved.map(({ spec }) => spec.id), ...enforcing.map(({ spec }) => spec.namespace)].flatMap(
    (id) => nodes.get(id) ?? [],
  );
  const isTouched = ({ kind, id, node, own: named }: EvaluatedPolicies) =>
    own.has(`${kind} ${id}`) ||
    named.some((policy) => own.has(`Policy ${policy}`)) ||
    above.some((each) => isWithin(node, each));
  const evaluated: EvaluatedPolicies[] = [];
  for (const { id, namespace, policies } of routes.values()) {
    const node = nodes.get(namespace);
    if (node) evaluated.push({ kind: 'Route', id, node, field: 'policies', own: policies });
  }
  for (const node of nodes.values()) {
    const { default_policies } = node.namespace;
    evaluated.push({
      kind: 'Namespace',
      id: node.id,
      node,
      field: 'default_policies',
      own: default_policies,
    });
  }
  return evaluated.filter(isTouched);
}

/** Characters of documents whose cost is remembered. */
const MAX_REMEMBERED = 4 * 1024 * 1024;
const costs = new LRUCache<string, number>({
  maxSize: MAX_REMEMBERED,
  sizeCalculation: (_, text) => text.length,
});

/** 0 for a policy that does not compile: it is rejected elsewhere, or fails its routes. */
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

/** A written policy compiles and its namespace exists. */
export function checkPolicy(policy: Resource<'Policy'>, { nextTree, report }: ProposedChange): void {
  const { namespace, ppl } = policy.spec;
  if (!nextTree.nodes.has(namespace)) report(policy, 'namespace', noNamespace(namespace));
  try {
    compilePolicy(ppl);
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    for (const { path, line, column, message } of error.problems) {
      const place =
        typeof ppl === 'string' && line !== undefined ? ` (line ${line}, column ${column} of ppl)` : '';
      report(policy, path === '' ? 'ppl' : `ppl.${path}`, `${message}${place}`);
    }
  }
}
