import { GLOBAL, type NamespaceId } from '../accounts/namespace-id.ts';
import type { DescribedExplanation } from '../explain/describe-explanation.ts';
import { type Grants, sees } from '../roles/grants.ts';

/** An explanation without the names of what the caller may not see. Policies from above still decide. */
export function explanationSeen(described: DescribedExplanation, grants: Grants): DescribedExplanation {
  const policies = described.policies.filter(({ namespace }) => sees(grants, namespace));
  const named = new Set<string>(policies.map(({ id }) => id));
  const nameOf = <Id extends string>(id: Id | null) => (id !== null && named.has(id) ? id : null);
  const seen = (ids: readonly NamespaceId[]) => ids.filter((id) => sees(grants, id));
  const { decision, scope, namespaces } = described;
  const { shadow } = decision;
  const { way, namespace } = described.belongs_to;
  const isOfRoute = way === null && namespace !== null && sees(grants, namespace);
  const common = {
    policy: nameOf(decision.policy),
    shadow: shadow && { ...shadow, policy: nameOf(shadow.policy) },
  };
  return {
    ...described,
    namespaces: seen(namespaces),
    scope: scope && { ...scope, home: seen(scope.home) },
    policies,
    decision:
      decision.verdict === 'failure'
        ? {
            ...decision,
            // Of a route that can't be used the namespace is known; a policy may be one from above.
            detail:
              isOfRoute || sees(grants, GLOBAL) ? decision.detail : "a policy that decides can't be used",
          }
        : { ...decision, ...common },
  };
}
