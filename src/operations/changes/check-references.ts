import { ancestors, type NamespaceNode } from '../../accounts/namespace-tree.ts';
import type { StoredResource } from '../../manifests/resource.ts';
import { sees } from '../../roles/grants.ts';
import { takeTurns } from '../../snapshot/run-steps.ts';
import { type ProposedChange, refsByName } from './proposed-change.ts';

/** Every policy that a route or namespace names exists, in its own namespace or one above. */
export async function checkReferences(change: ProposedChange): Promise<void> {
  const { written, removals, current, reshapes, nextTree, report } = change;
  const turn = takeTurns();
  const changed = [...written, ...removals];
  const changes = refsByName(changed);
  const check = (
    kind: 'Route' | 'Namespace',
    id: string,
    namespace: string,
    field: string,
    policies: readonly string[],
  ) => {
    const node = nextTree.nodes.get(namespace);
    const own = changes.get(`${kind} ${id}`);
    if (!node || !(reshapes || own || policies.some((policy) => changes.has(`Policy ${policy}`)))) return;
    const named = new Set<string>(own ? policiesOf(current.get(own)) : policies);
    policies.forEach((policyId, index) => {
      const problem = referenceProblem(policyId, node, change, named.has(policyId));
      if (problem === undefined) return;
      const cause = own ?? changes.get(`Policy ${policyId}`) ?? changed[0];
      if (!cause) return;
      if (cause === own) report(own, `${field}[${index}]`, problem);
      else report(cause, '', `would break ${kind} ${id}: ${field}[${index}]: ${problem}`);
    });
  };
  for (const route of change.routes.values()) {
    check('Route', route.id, route.namespace, 'policies', route.policies);
    await turn();
  }
  for (const { id, default_policies } of change.namespaces.values())
    check('Namespace', id, id, 'default_policies', default_policies);
}

/** Those that a route or a namespace names as it is. */
function policiesOf(stored: StoredResource | undefined): readonly string[] {
  if (stored?.kind === 'Route') return stored.spec.policies;
  return stored?.kind === 'Namespace' ? stored.spec.default_policies : [];
}

function referenceProblem(
  policyId: string,
  node: NamespaceNode,
  { policies, grants }: ProposedChange,
  isNamed: boolean,
): string | undefined {
  const policy = policies.get(policyId);
  const hidden = policy && !sees(grants, policy.namespace);
  // One above may be hidden. Its author could see it, and the reference stays.
  if (!policy || (hidden && !isNamed)) return `there is no policy ${policyId}`;
  for (const above of ancestors(node)) if (above.id === policy.namespace) return undefined;
  if (hidden) return `there is no policy ${policyId}`;
  return `policy ${policyId} belongs to ${policy.namespace}, which is neither ${node.id} nor a namespace above it`;
}
