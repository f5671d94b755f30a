import type { Identity } from '../check/identity.ts';
import { MatchFault } from '../routes/match-fault.ts';
import type { AppliedPolicy, Explanation } from './explain.ts';
import type { SimulatedAnswer } from './simulation.ts';

/** An explanation as `-o json` prints it. */
export type DescribedExplanation = ReturnType<typeof describeExplanation>;

/** @param answer the sidecar's answer to Envoy. Undefined if the Check fails. */
export function describeExplanation(explanation: Explanation, answer: SimulatedAnswer | undefined) {
  const { request, scope, namespaces, policies } = explanation;
  const time = request.time === undefined ? null : new Date(request.time).toISOString();
  return {
    request: { method: request.method, host: request.host, path: request.path, time },
    belongs_to: describeBinding(explanation.bound),
    namespaces,
    caller: describeCaller(explanation),
    scope: scope ? { home: scope.home, in_scope: scope.inScope ?? null } : null,
    policies: policies.map(describePolicy),
    decision: describeOutcome(explanation),
    answer: {
      // Envoy's filter sets the status of a failure: 503 in Sallyport's envoy.yaml.
      status: answer === undefined ? 503 : (answer.status ?? null),
      headers: (answer?.headers ?? []).map(({ name, value }) => ({ name, value: value ?? null })),
      removed: answer?.removed ?? [],
    },
  };
}

function describeBinding(bound: Explanation['bound']) {
  if (bound instanceof MatchFault || 'refused' in bound) {
    const { refused, detail } = 'refused' in bound ? bound : { refused: null, detail: null };
    return {
      way: null,
      refused,
      detail,
      namespace: bound.namespace?.id ?? null,
      route: null,
      audience: null,
    };
  }
  const { matchedBy: way, namespace, route, audience = null } = bound;
  const belongs = { namespace: namespace.id, route: route?.id ?? null, audience };
  return { way, refused: null, detail: null, ...belongs };
}

function describeCaller({ identity }: Explanation) {
  if (identity === undefined) return null;
  const refused = describeRefusal(identity);
  const { caller } = identity;
  if (!caller) return { ...refused, account: null };
  const { account, userId, directoryUser, email, name, groups, claims } = caller;
  return {
    ...refused,
    account: account.id,
    namespace: account.namespace,
    user_id: userId,
    ...(directoryUser?.user_name !== undefined && { user_name: directoryUser.user_name }),
    impersonates: account.impersonate !== undefined,
    email,
    name,
    groups,
    claims: Object.fromEntries(claims),
  };
}

function describeRefusal({ refusal }: Identity) {
  if (!refusal) return { refused: null, detail: null };
  const { refused, detail, token } = refusal;
  const hint = 'hint' in refusal ? refusal.hint : undefined;
  return {
    refused,
    detail,
    ...(hint !== undefined && { hint }),
    ...(token && {
      credential: {
        id: token.credentialId,
        account: token.accountId,
        user_id: token.userId,
        ...(token.kid !== undefined && { kid: token.kid }),
      },
    }),
  };
}

function describePolicy({ policy, applies, explanation }: AppliedPolicy) {
  const { id, name, namespace, mode } = policy;
  return { id, name, namespace, mode, applies, ...explanation };
}

function describeOutcome({ outcome }: Explanation) {
  const decision = 'fault' in outcome ? undefined : outcome;
  const { reasons, policy, enforcement, shadow } = decision ?? {};
  const denied = decision?.verdict === 'deny' ? decision : undefined;
  return {
    verdict: decision?.verdict ?? ('failure' as const),
    reasons: reasons ?? [],
    policy: policy?.id ?? null,
    enforcement: enforcement ?? null,
    shadow: shadow
      ? { outcome: shadow.outcome, reasons: shadow.reasons, policy: shadow.policy?.id ?? null }
      : null,
    refusal: denied?.refusal ?? null,
    detail: ('fault' in outcome ? outcome.fault : denied?.detail) ?? null,
    assertion_audience: (decision?.verdict === 'allow' && decision.assertion?.jwt) || null,
  };
}
