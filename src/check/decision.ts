import type { AccountReason, Caller } from '../accounts/caller.ts';
import type { Enforcement } from '../accounts/namespace-schema.ts';
import type { CredentialScheme } from '../credentials/header-schemes.ts';
import type { PolicyOutcome } from '../policy/evaluate-policies.ts';
import type { PolicyReason } from '../policy/policy-reason-schema.ts';
import type { Policy } from '../policy/policy-schema.ts';
import type { Binding, RouteReason } from '../routes/match-request.ts';
import type { Assertion } from '../tokens/assertion.ts';
import type { TokenReason } from '../tokens/token-refusal.ts';
import type { VerifiedToken } from '../tokens/verified-token.ts';

/** Why a request was allowed or denied. Each stage owns its part of this closed list. */
export type Reason =
  | RouteReason
  | TokenReason
  | AccountReason
  | PolicyReason
  | 'namespace-unauthorized'
  | 'no-policy';

/** The kind of a refusal, which decides on the status of the answer. */
export type Refusal =
  | 'host-invalid'
  | 'not-found'
  | 'path-ambiguous'
  | 'client-certificate'
  | 'unauthenticated'
  | 'forbidden';

/** The decision on a request, with everything that the answer, the log and the metrics need. */
export type Decision = Allow | Deny;

/** The part that every decision has. */
export interface DecisionContext {
  /** `observe`: Envoy forwards the request whatever the decision is, without an assertion. */
  readonly enforcement: Enforcement;
  /** Undefined if the request was refused because nothing matched it. */
  readonly binding: Binding | undefined;
  /** The account of the token if its signature is valid, whether the request was allowed or not. */
  readonly caller: Caller | undefined;
  /** The claims of a token with a valid signature if its caller was not found. */
  readonly tokenWithoutCaller: VerifiedToken | undefined;
  /** The revision of the snapshot that decided. */
  readonly revision: number;
  /** Undefined if the request has no credential. */
  readonly scheme: CredentialScheme | undefined;
  /** The outcome of the shadow policies. Undefined if there are none. */
  readonly shadow: ShadowOutcome | undefined;
}

/** `path-ambiguous`: the shadow policies use the path and were not evaluated. Enforced, they would refuse the request. */
export interface ShadowOutcome extends Pick<PolicyOutcome, 'outcome' | 'policy'> {
  readonly reasons: readonly Reason[];
}

export interface Allow extends DecisionContext {
  readonly verdict: 'allow';
  readonly reasons: readonly Reason[];
  readonly policy: Policy | undefined;
  /** Whether the caller counted. False if a policy accepts everyone and there is no valid credential. */
  readonly authenticated: boolean;
  /** For `x-pomerium-jwt-assertion`. Undefined without a caller, without an audience, or in observe. */
  readonly assertion: Assertion | undefined;
}

export interface Deny extends DecisionContext {
  readonly verdict: 'deny';
  readonly refusal: Refusal;
  /** The deciding one first. */
  readonly reasons: readonly [Reason, ...Reason[]];
  /** The policy that decided, if any. */
  readonly policy: Policy | undefined;
  /** A sentence for the caller about its request. Never quotes it. */
  readonly detail: string | undefined;
  /** What an operator can do about it. Only for the log and `explain`. */
  readonly hint?: string | undefined;
}

/** Allows a request, without an assertion yet. */
export function allow(context: DecisionContext, outcome: PolicyOutcome, authenticated: boolean): Allow {
  return describeAllow(context, outcome.reasons, outcome.policy, authenticated, undefined);
}

/** Copies the decision with an assertion. */
export function withAssertion(decision: Allow, assertion: Assertion | undefined): Allow {
  return describeAllow(decision, decision.reasons, decision.policy, decision.authenticated, assertion);
}

// Copies each field, because spreading costs several times as much on every Check.
function describeAllow(
  { enforcement, binding, caller, tokenWithoutCaller, revision, scheme, shadow }: DecisionContext,
  reasons: readonly Reason[],
  policy: Policy | undefined,
  authenticated: boolean,
  assertion: Assertion | undefined,
): Allow {
  return {
    enforcement,
    binding,
    caller,
    tokenWithoutCaller,
    revision,
    scheme,
    shadow,
    verdict: 'allow',
    reasons,
    policy,
    authenticated,
    assertion,
  };
}

/** Refuses a request for itself or for its credential. */
export function deny(
  context: DecisionContext,
  refusal: Refusal,
  reason: Reason,
  detail?: string,
  hint?: string,
): Deny {
  return { ...context, verdict: 'deny', refusal, reasons: [reason], policy: undefined, detail, hint };
}

/** Refuses a request by its policies. @param hasDeciding whether any policy in `enforce` mode applies */
export function denyByPolicy(context: DecisionContext, outcome: PolicyOutcome, hasDeciding: boolean): Deny {
  const { policy } = outcome;
  const [first, ...rest] = outcome.reasons;
  if (first !== undefined)
    return {
      ...context,
      verdict: 'deny',
      refusal: refusalOf(outcome),
      reasons: [first, ...rest],
      policy,
      detail: undefined,
    };
  return context.caller === undefined && !hasDeciding
    ? deny(context, 'unauthenticated', 'user-unauthenticated')
    : deny(context, 'forbidden', 'no-policy', 'no policy allows it');
}

function refusalOf({ outcome }: PolicyOutcome): Refusal {
  return outcome === 'client-certificate' || outcome === 'unauthenticated' ? outcome : 'forbidden';
}
