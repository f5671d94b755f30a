import type { Caller } from '../accounts/caller.ts';
import type { Enforcement } from '../accounts/namespace-schema.ts';
import type { NamespaceNode } from '../accounts/namespace-tree.ts';
import { isReadableAddress } from '../policy/address-ranges.ts';
import { LONGEST_METHOD } from '../policy/criterion-cost.ts';
import {
  evaluateDenials,
  evaluatePolicies,
  evaluateShadow,
  type PolicyOutcome,
} from '../policy/evaluate-policies.ts';
import type { PolicyInput } from '../policy/policy-input.ts';
import type { Binding, BindingRefusal } from '../routes/match-request.ts';
import { PolicyFault, type PolicySet } from '../snapshot/policy-set.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import type { CheckRequest } from './check-request.ts';
import type { CheckRecorder } from './check-trace.ts';
import {
  allow,
  type Decision,
  type DecisionContext,
  deny,
  denyByPolicy,
  type ShadowOutcome,
} from './decision.ts';
import type { Identity } from './identity.ts';
import { type PolicyInputSettings, policyInput } from './policy-input.ts';

/** The results of the previous stages. */
export interface Findings {
  readonly snapshot: Snapshot;
  readonly request: CheckRequest;
  readonly binding: Binding | BindingRefusal;
  /** Undefined if there is no credential, or nothing depends on it. */
  readonly identity: Identity | undefined;
  /** The caller, if it is in scope. */
  readonly caller: Caller | undefined;
  readonly context: DecisionContext;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly record: CheckRecorder | undefined;
}

export interface AuthorizeSettings extends PolicyInputSettings {
  /** `observe` for the whole sidecar, whatever the namespaces say. */
  readonly enforcement: Enforcement;
}

/**
 * The stages policy and decision. If the credential does not count or is out of scope, the request is evaluated without
 * a caller: a policy that accepts everyone allows it, and otherwise the credential's own reason refuses it.
 */
export function authorize(found: Findings, settings: AuthorizeSettings): Decision {
  const { snapshot, request, binding, caller, context, now, record } = found;
  const input = policyInput(request, binding.path, caller, settings, now);
  if ('refused' in binding) return refuseFromAbove(found, input, settings) ?? denyUnbound(context, binding);
  const policies = snapshot.policiesFor(binding);
  record?.({ policies, input });
  if (policies.fault !== undefined) throw new PolicyFault(policies.fault);
  return refuseFromAbove(found, input, settings) ?? evaluate(policies, found, input, settings);
}

function evaluate(
  policies: PolicySet,
  found: Findings,
  input: PolicyInput,
  settings: AuthorizeSettings,
): Decision {
  const { identity, caller } = found;
  const ambiguity = refuseToEvaluate(policies, found, input, settings);
  if (ambiguity !== undefined) return deny(found.context, 'path-ambiguous', 'path-ambiguous', ambiguity);
  const outcome = evaluatePolicies(policies.deciding, input);
  const context =
    policies.shadow.length > 0
      ? { ...found.context, shadow: shadowOutcome(policies, found, input) }
      : found.context;
  if (outcome.outcome === 'allow') return allow(context, outcome, caller !== undefined);
  return identity !== undefined && caller === undefined
    ? denyCredential(context, outcome, identity)
    : denyByPolicy(context, outcome, policies.deciding.length > 0);
}

const AMBIGUOUS_SHADOW: ShadowOutcome = { outcome: 'deny', reasons: ['path-ambiguous'], policy: undefined };

/** An ambiguous path is not matched, also because the cost of policies is bounded for paths of limited length only. */
function shadowOutcome(
  { shadow, shadowUsesPath }: PolicySet,
  { binding }: Findings,
  input: PolicyInput,
): ShadowOutcome {
  return shadowUsesPath && binding.ambiguity !== undefined ? AMBIGUOUS_SHADOW : evaluateShadow(shadow, input);
}

/** `observe` for the whole sidecar overrides the namespaces. */
export function enforcementOf({ enforcement }: AuthorizeSettings, namespace: NamespaceNode): Enforcement {
  return enforcement === 'observe' ? enforcement : namespace.enforcement;
}

/** The policies that decide although the namespace observes: those enforced above the one that set observe. */
export function policiesFromAbove(
  snapshot: Snapshot,
  { namespace }: Pick<BindingRefusal, 'namespace'>,
  { enforcement }: AuthorizeSettings,
): PolicySet | undefined {
  return namespace && enforcement === 'enforce' ? snapshot.policiesAboveObserve(namespace) : undefined;
}

/** Refuses a request for a namespace in observe if policies enforced from above deny it, whether a route matches or not. */
function refuseFromAbove(
  found: Findings,
  input: PolicyInput,
  settings: AuthorizeSettings,
): Decision | undefined {
  const policies = policiesFromAbove(found.snapshot, found.binding, settings);
  if (!policies) return undefined;
  if ('refused' in found.binding) found.record?.({ policies, input });
  if (policies.fault !== undefined) throw new PolicyFault(policies.fault);
  const context: DecisionContext = { ...found.context, enforcement: 'enforce' };
  const ambiguity = refuseToEvaluate(policies, found, input, settings);
  if (ambiguity !== undefined) return deny(context, 'path-ambiguous', 'path-ambiguous', ambiguity);
  const outcome = evaluateDenials(policies.deciding, input);
  return outcome && denyByPolicy(context, outcome, true);
}

/**
 * Why the policies are not evaluated for this request. Undefined if they are. Throws PolicyFault if a policy needs the
 * address and the request has none, because a request without an address must not bypass a rule that refuses addresses.
 */
function refuseToEvaluate(
  policies: PolicySet,
  { request, binding }: Findings,
  input: PolicyInput,
  { sourceIp }: AuthorizeSettings,
): string | undefined {
  if (request.method.length > LONGEST_METHOD) return `the method has more than ${LONGEST_METHOD} characters`;
  if (policies.usesPath && binding.ambiguity !== undefined) return binding.ambiguity;
  if (policies.usesSourceIp && !isReadableAddress(input.request.ip))
    throw new PolicyFault(`a policy uses source_ip, and ${MISSING_ADDRESS[sourceIp]}`);
  return undefined;
}

const MISSING_ADDRESS: Readonly<Record<PolicyInputSettings['sourceIp'], string>> = {
  peer: 'Envoy sent no peer address',
  'x-envoy-external-address':
    'the request does not have one x-envoy-external-address from Envoy, which sets it with use_remote_address for clients that internal_address_config does not cover',
};

function denyUnbound(context: DecisionContext, { refused, detail }: BindingRefusal): Decision {
  return deny(context, refused === 'route-not-found' ? 'not-found' : refused, refused, detail);
}

/** Denies for the credential's own reason, unless a client certificate is the reason. */
function denyCredential(context: DecisionContext, outcome: PolicyOutcome, { refusal }: Identity): Decision {
  if (outcome.outcome === 'client-certificate') return denyByPolicy(context, outcome, true);
  if (refusal) {
    const hint = 'hint' in refusal ? refusal.hint : undefined;
    return deny(context, 'unauthenticated', refusal.refused, refusal.detail, hint);
  }
  return deny(
    context,
    'forbidden',
    'namespace-unauthorized',
    'the service account does not belong to this namespace',
  );
}
