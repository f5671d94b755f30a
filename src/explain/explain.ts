import type { NamespaceId } from '../accounts/namespace-id.ts';
import { ancestors } from '../accounts/namespace-tree.ts';
import { type CheckParts, check } from '../check/check.ts';
import type { CheckRequest } from '../check/check-request.ts';
import type { CheckTrace } from '../check/check-trace.ts';
import type { Decision } from '../check/decision.ts';
import { type Identity, identify } from '../check/identity.ts';
import type { LoadedPolicy } from '../policy/evaluate-policies.ts';
import { explainPolicy, type PolicyExplanation } from '../policy/explain-policy.ts';
import type { Policy } from '../policy/policy-schema.ts';
import { MatchFault } from '../routes/match-fault.ts';
import type { Binding, BindingRefusal } from '../routes/match-request.ts';
import { PolicyFault, type PolicySet } from '../snapshot/policy-set.ts';

/** Why a policy applies: the route or its metadata in Envoy names it, it is a default policy, or it is enforced. */
export type PolicyApplies =
  | { readonly as: 'route' }
  | { readonly as: 'route-metadata' }
  | { readonly as: 'default'; readonly namespace: NamespaceId }
  | { readonly as: 'enforced'; readonly namespace: NamespaceId };

export interface AppliedPolicy {
  readonly policy: Policy;
  /** Never empty. */
  readonly applies: readonly PolicyApplies[];
  readonly explanation: PolicyExplanation;
}

export interface ScopeExplanation {
  /** From the account's own namespace up to `global`. Empty if that namespace was deleted. */
  readonly home: readonly NamespaceId[];
  /** Whether the account is in scope. Undefined if nothing matches the request. */
  readonly inScope: boolean | undefined;
}

/** A decision and the results of all stages. */
export interface Explanation {
  readonly request: CheckRequest;
  readonly bound: Binding | BindingRefusal | MatchFault;
  /** From the request's namespace up to `global`. Empty if nothing matches the request. */
  readonly namespaces: readonly NamespaceId[];
  /** Undefined if no credential was sent. */
  readonly identity: Identity | undefined;
  /** Undefined if the account is unknown. */
  readonly scope: ScopeExplanation | undefined;
  /** The policies that apply, shadow policies last. Empty if the decision was made before the policies. */
  readonly policies: readonly AppliedPolicy[];
  /** `fault`: which unusable record of the store made the Check fail. */
  readonly outcome: Decision | { readonly fault: string };
}

/** Runs the Check once and explains its stages. Rejects if `check` does, except for an unusable record. */
export async function explain(parts: CheckParts, request: CheckRequest): Promise<Explanation> {
  let trace: Partial<CheckTrace> = {};
  let fault: PolicyFault | MatchFault | undefined;
  let outcome: Explanation['outcome'];
  try {
    outcome = await check(parts, request, (found) => {
      trace = { ...trace, ...found };
    });
  } catch (error) {
    if (!(error instanceof PolicyFault || error instanceof MatchFault)) throw error;
    fault = error;
    outcome = { fault: error.message };
  }
  const { snapshot, presented, policies, input } = trace;
  const bound = fault instanceof MatchFault ? fault : trace.bound;
  if (!snapshot || !bound) throw new Error('a Check ended before its first stages', { cause: fault });
  // Identify the caller also if nothing matches the request, when the Check itself does not.
  const identity = trace.identity ?? (presented && (await identify(parts, presented, parts.clock())));

  const account = identity?.caller?.account;
  const homeNode = account && snapshot.tree.nodes.get(account.namespace);
  const home = homeNode ? [...ancestors(homeNode)].map(({ id }) => id) : [];
  const explained = { request, bound, identity, outcome };
  if (bound instanceof MatchFault)
    return { ...explained, namespaces: [], scope: account && { home, inScope: undefined }, policies: [] };

  const namespaces = 'refused' in bound ? [] : [...ancestors(bound.namespace)].map(({ id }) => id);
  const inScope = 'refused' in bound || !homeNode ? undefined : namespaces.includes(homeNode.id);
  const applied =
    policies && input
      ? evaluatedPolicies(policies, bound, outcome).map(
          (loaded): AppliedPolicy => ({
            policy: loaded.policy,
            applies: whyApplied(loaded.policy, bound),
            explanation: explainPolicy(loaded, input),
          }),
        )
      : [];
  return { ...explained, namespaces, scope: account && { home, inScope }, policies: applied };
}

/** An ambiguous path is refused before a policy that uses the path is evaluated. */
function evaluatedPolicies(
  { deciding, shadow, shadowUsesPath }: PolicySet,
  { ambiguity }: Binding | BindingRefusal,
  outcome: Explanation['outcome'],
): readonly LoadedPolicy[] {
  if ('refusal' in outcome && outcome.refusal === 'path-ambiguous') return [];
  return shadowUsesPath && ambiguity !== undefined ? deciding : [...deciding, ...shadow];
}

function whyApplied({ id, namespace, enforced }: Policy, binding: Binding | BindingRefusal): PolicyApplies[] {
  const applies: PolicyApplies[] = [];
  if ('refused' in binding) return [{ as: 'enforced', namespace }];
  const { route, policies: named } = binding;
  const node = binding.namespace;
  if (route?.policies.includes(id)) applies.push({ as: 'route' });
  else if (!route && named?.some((name) => name === id)) applies.push({ as: 'route-metadata' });
  else if (!route && !named && node.namespace.default_policies.includes(id))
    applies.push({ as: 'default', namespace: node.id });
  if (enforced) applies.push({ as: 'enforced', namespace });
  return applies;
}
