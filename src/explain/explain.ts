import type { NamespaceId } from '../accounts/namespace-id.ts';
import { ancestors } from '../accounts/namespace-tree.ts';
import { callerInScope } from '../check/authorize.ts';
import { type CheckParts, check } from '../check/check.ts';
import type { CheckRequest } from '../check/check-request.ts';
import type { Decision } from '../check/decision.ts';
import { callerOf, type Identity, identify } from '../check/identity.ts';
import { policyInput } from '../check/policy-input.ts';
import { extractCredential } from '../credentials/extract-credential.ts';
import { explainPolicy, type PolicyExplanation } from '../policy/explain-policy.ts';
import type { Policy } from '../policy/policy-schema.ts';
import { MatchFault } from '../routes/match-fault.ts';
import { type Binding, type BindingRefusal, matchRequest } from '../routes/match-request.ts';
import { PolicyFault } from '../snapshot/policy-set.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

/** Why a policy has a say: the route names it, the route's metadata in Envoy does, it is a default one, or it is enforced. */
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
  /** From the account's own namespace up to `global`; empty where that namespace is gone. */
  readonly home: readonly NamespaceId[];
  /** Whether the account may be used for what the request belongs to; undefined where it belongs to nothing. */
  readonly inScope: boolean | undefined;
}

/** Everything that led to a decision. */
export interface Explanation {
  readonly request: CheckRequest;
  readonly bound: Binding | BindingRefusal | MatchFault;
  /** From the namespace that the request belongs to up to `global`; empty where it belongs to nothing. */
  readonly namespaces: readonly NamespaceId[];
  /** Absent where no credential was sent. */
  readonly identity: Identity | undefined;
  /** Absent where nobody is known. */
  readonly scope: ScopeExplanation | undefined;
  /** Those that have a say, shadow policies last; empty where the decision falls before any is asked. */
  readonly policies: readonly AppliedPolicy[];
  /** `fault`: why nothing can be decided, because a record of the store can't be used. */
  readonly outcome: Decision | { readonly fault: string };
}

/**
 * Decides as the sidecar does, and says how it came to that. The decision is `check`'s own, and so is every step that is
 * told beside it. Rejects where `check` would, but for a record that can't be used.
 */
export async function explain(parts: CheckParts, request: CheckRequest): Promise<Explanation> {
  const now = parts.clock();
  const snapshot = parts.snapshot();
  const outcome = await decide(parts, request);
  const presented = extractCredential(request.headers, (token) => parts.tokens.isMeantForUs(token));
  const identity = presented && (await identify(parts, presented, now));
  const bound = bind(parts, snapshot, request);
  const told = { request, bound, identity, outcome };
  const account = accountOf(identity);
  const homeNode = account && snapshot.tree.nodes.get(account.namespace);
  const home = homeNode ? [...ancestors(homeNode)].map(({ id }) => id) : [];
  if (bound instanceof MatchFault || 'refused' in bound)
    return { ...told, namespaces: [], scope: account && { home, inScope: undefined }, policies: [] };

  const namespaces = [...ancestors(bound.namespace)].map(({ id }) => id);
  const scope = account && homeNode && { home, inScope: namespaces.includes(homeNode.id) };
  const { deciding, shadow } = snapshot.policiesFor(bound);
  const input = policyInput(
    request,
    bound.path,
    callerInScope(snapshot, bound, identity),
    parts.settings,
    now,
  );
  const policies = wasJudged(outcome)
    ? [...deciding, ...shadow].map(
        (loaded): AppliedPolicy => ({
          policy: loaded.policy,
          applies: whyApplied(loaded.policy, bound),
          explanation: explainPolicy(loaded, input),
        }),
      )
    : [];
  return { ...told, namespaces, scope, policies };
}

async function decide(parts: CheckParts, request: CheckRequest): Promise<Explanation['outcome']> {
  try {
    return await check(parts, request);
  } catch (error) {
    if (error instanceof PolicyFault || error instanceof MatchFault) return { fault: error.message };
    throw error;
  }
}

function bind(parts: CheckParts, snapshot: Snapshot, request: CheckRequest): Explanation['bound'] {
  try {
    return matchRequest(request, snapshot.routes, snapshot.served, parts.settings);
  } catch (error) {
    if (error instanceof MatchFault) return error;
    throw error;
  }
}

/** A path that can be read in two ways is refused before any policy is asked. */
function wasJudged(outcome: Explanation['outcome']): boolean {
  return 'fault' in outcome || outcome.verdict === 'allow' || outcome.refusal !== 'path-ambiguous';
}

function accountOf(identity: Identity | undefined) {
  return callerOf(identity)?.account;
}

function whyApplied({ id, namespace, enforced }: Policy, binding: Binding): PolicyApplies[] {
  const applies: PolicyApplies[] = [];
  const { route, policies: named } = binding;
  const node = binding.namespace;
  if (route?.policies.includes(id)) applies.push({ as: 'route' });
  else if (!route && named?.some((name) => name === id)) applies.push({ as: 'route-metadata' });
  else if (!route && !named && node.namespace.default_policies.includes(id))
    applies.push({ as: 'default', namespace: node.id });
  if (enforced) applies.push({ as: 'enforced', namespace });
  return applies;
}
