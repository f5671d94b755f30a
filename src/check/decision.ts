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

/** Why a request was refused, or let in: one closed list, each stage's part owned by the stage. */
export type Reason =
  | RouteReason
  | TokenReason
  | AccountReason
  | PolicyReason
  | 'namespace-unauthorized'
  | 'no-policy';

/** The row of DESIGN §4 that a refusal falls under. */
export type Refusal =
  | 'host-invalid'
  | 'not-found'
  | 'path-ambiguous'
  | 'client-certificate'
  | 'unauthenticated'
  | 'forbidden';

/** What was decided about a request, and everything that an answer, a log line or a metric needs to say of it. */
export type Decision = Allow | Deny;

/** What is known of a request however it is decided. */
export interface DecisionContext {
  /** `observe`: the request goes through whatever was decided, without an assertion. */
  readonly enforcement: Enforcement;
  /** What the request belongs to; absent if that was the refusal. */
  readonly binding: Binding | undefined;
  /** Whose token it was, after a valid signature, whether it was let in or not. */
  readonly caller: Caller | undefined;
  /** What a token with a valid signature says of itself, if its caller was not found. */
  readonly unresolved: VerifiedToken | undefined;
  /** Of the store that the decision was made from. */
  readonly revision: number;
  /** Which header the credential came in; absent if there was none. */
  readonly scheme: CredentialScheme | undefined;
  /** What the policies in shadow mode would have said; absent if there are none. */
  readonly shadow: PolicyOutcome | undefined;
}

export interface Allow extends DecisionContext {
  readonly verdict: 'allow';
  readonly reasons: readonly Reason[];
  readonly policy: Policy | undefined;
  /** Whether the caller counted: false if everybody is let in and the credential, if any, was no good. */
  readonly authenticated: boolean;
  /** For `x-pomerium-jwt-assertion`; absent if nobody was identified, no audience is known, or in observe. */
  readonly assertion: Assertion | undefined;
}

export interface Deny extends DecisionContext {
  readonly verdict: 'deny';
  readonly refusal: Refusal;
  /** Every reason, the deciding one first; never empty. */
  readonly reasons: readonly [Reason, ...Reason[]];
  /** The policy that decided, where one did. */
  readonly policy: Policy | undefined;
  /** A sentence for the caller about what it sent, never quoting it. */
  readonly detail: string | undefined;
  /** What an operator can do about it: for the log and `explain` alone. */
  readonly hint?: string | undefined;
}

/** What policies that admit the request make of it, before an assertion. */
export function allow(context: DecisionContext, outcome: PolicyOutcome, authenticated: boolean): Allow {
  return describeAllow(context, outcome.reasons, outcome.policy, authenticated, undefined);
}

/** The same, vouched for. */
export function withAssertion(decision: Allow, assertion: Assertion | undefined): Allow {
  return describeAllow(decision, decision.reasons, decision.policy, decision.authenticated, assertion);
}

// Field by field, because this runs on every Check and spreading costs several times as much.
function describeAllow(
  { enforcement, binding, caller, unresolved, revision, scheme, shadow }: DecisionContext,
  reasons: readonly Reason[],
  policy: Policy | undefined,
  authenticated: boolean,
  assertion: Assertion | undefined,
): Allow {
  return {
    enforcement,
    binding,
    caller,
    unresolved,
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

/** A refusal of the request as such, or of the credential that it brought. */
export function deny(
  context: DecisionContext,
  refusal: Refusal,
  reason: Reason,
  detail?: string,
  hint?: string,
): Deny {
  return { ...context, verdict: 'deny', refusal, reasons: [reason], policy: undefined, detail, hint };
}

/** A refusal by the policies, in the precedence of DESIGN §6. */
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
