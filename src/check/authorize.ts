import type { Caller } from '../accounts/caller.ts';
import type { Enforcement } from '../accounts/namespace-schema.ts';
import { isWithin } from '../accounts/namespace-tree.ts';
import { isReadableAddress } from '../policy/address-ranges.ts';
import { LONGEST_JUDGED_PATH, LONGEST_METHOD } from '../policy/criterion-cost.ts';
import {
  evaluateDenials,
  evaluatePolicies,
  evaluateShadow,
  type PolicyOutcome,
} from '../policy/evaluate-policies.ts';
import type { PolicyInput } from '../policy/policy-input.ts';
import { type Binding, describeAmbiguity } from '../routes/match-request.ts';
import { UNKEPT, unkeptPart } from '../routes/request-path.ts';
import { PolicyFault, type PolicySet } from '../snapshot/policy-set.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import type { CheckRequest } from './check-request.ts';
import { allow, type Decision, type DecisionContext, deny, denyByPolicy } from './decision.ts';
import type { Identity } from './identity.ts';
import { type PolicyInputSettings, policyInput } from './policy-input.ts';

/** What has been found out about a request before anything is evaluated. */
export interface Findings {
  readonly binding: Binding;
  /** Absent where no credential was sent. */
  readonly identity: Identity | undefined;
  readonly context: DecisionContext;
}

/** The same of a request that need not belong to anything. */
export interface ObservedFindings extends Omit<Findings, 'binding'> {
  readonly binding: Pick<Binding, 'namespace' | 'route' | 'path'>;
}

export interface AuthorizeSettings extends PolicyInputSettings {
  readonly enforcement: Enforcement;
}

/**
 * Scope and policy. A credential that is no good, or out of its scope, leaves a caller who counts as nobody: what admits
 * everybody admits it too, and anything else refuses it for the credential's own reason.
 */
export function authorize(
  snapshot: Snapshot,
  request: CheckRequest,
  found: Findings,
  settings: AuthorizeSettings,
  now: number,
): Decision {
  const { binding, identity } = found;
  const policies = snapshot.policiesFor(binding);
  if (policies.fault !== undefined) throw new PolicyFault(policies.fault);
  const refused =
    policies.aboveObserve && refuseInObserve(policies.aboveObserve, snapshot, request, found, settings, now);
  if (refused) return refused;

  if (request.method.length > LONGEST_METHOD)
    return deny(found.context, 'path-ambiguous', 'path-ambiguous', LONG_METHOD);
  const ambiguity = policies.usesPath ? ambiguityOf(binding) : undefined;
  if (ambiguity !== undefined) return deny(found.context, 'path-ambiguous', 'path-ambiguous', ambiguity);

  const caller = callerInScope(snapshot, binding, identity);
  const input = policyInput(request, binding.path, caller, settings, now);
  requireAddress(policies, input, settings);
  const outcome = evaluatePolicies(policies.deciding, input);
  const context =
    policies.shadow.length > 0
      ? { ...found.context, shadow: evaluateShadow(policies.shadow, input) }
      : found.context;
  if (outcome.outcome === 'allow') return allow(context, outcome, caller !== undefined);
  return identity !== undefined && caller === undefined
    ? denyNobody(context, outcome, identity)
    : denyByPolicy(context, outcome, policies.deciding.length > 0);
}

const LONG_METHOD = `the method has more than ${LONGEST_METHOD} characters`;
/**
 * Refuses a request for a namespace in observe, if policies that are enforced above the one that set observe deny it.
 * Undefined if they don't, or if the whole sidecar observes.
 */
export function refuseInObserve(
  policies: PolicySet,
  snapshot: Snapshot,
  request: CheckRequest,
  { binding, identity, context: observed }: ObservedFindings,
  settings: AuthorizeSettings,
  now: number,
): Decision | undefined {
  if (settings.enforcement === 'observe') return undefined;
  if (policies.fault !== undefined) throw new PolicyFault(policies.fault);
  const context: DecisionContext = { ...observed, enforcement: 'enforce' };
  const ambiguity =
    request.method.length > LONGEST_METHOD
      ? LONG_METHOD
      : policies.usesPath
        ? ambiguityOf(binding)
        : undefined;
  if (ambiguity !== undefined) return deny(context, 'path-ambiguous', 'path-ambiguous', ambiguity);
  const caller = callerInScope(snapshot, binding, identity);
  const input = policyInput(request, binding.path, caller, settings, now);
  requireAddress(policies, input, settings);
  const outcome = evaluateDenials(policies.deciding, input);
  return outcome && denyByPolicy(context, outcome, true);
}

/** A rule that refuses an address must not be got around by a request that shows none. */
function requireAddress(
  policies: PolicySet,
  { request }: PolicyInput,
  { sourceIp }: PolicyInputSettings,
): void {
  if (policies.usesSourceIp && !isReadableAddress(request.ip))
    throw new PolicyFault(`a policy looks at source_ip, and ${MISSING_ADDRESS[sourceIp]}`);
}

const MISSING_ADDRESS: Readonly<Record<PolicyInputSettings['sourceIp'], string>> = {
  peer: 'Envoy gave no address of its peer',
  'x-envoy-external-address':
    'the request does not have one x-envoy-external-address from Envoy, which sets it with use_remote_address for clients that internal_address_config does not cover',
};

function denyNobody(context: DecisionContext, outcome: PolicyOutcome, identity: Identity): Decision {
  if (outcome.outcome === 'client-certificate') return denyByPolicy(context, outcome, true);
  if ('refused' in identity) {
    const hint = 'hint' in identity ? identity.hint : undefined;
    return deny(context, 'unauthenticated', identity.refused, identity.detail, hint);
  }
  return deny(
    context,
    'forbidden',
    'namespace-unauthorized',
    'the service account does not belong to this namespace',
  );
}

/** The caller, where it is known and this is its own namespace or one below. */
export function callerInScope(
  snapshot: Snapshot,
  binding: Pick<Binding, 'namespace'>,
  identity: Identity | undefined,
): Caller | undefined {
  if (identity === undefined || 'refused' in identity) return undefined;
  const home = snapshot.tree.nodes.get(identity.account.namespace);
  return home && isWithin(binding.namespace, home) ? identity : undefined;
}

/**
 * Why no policy that looks at the path is asked: servers behind this route may read it in two ways, or it is too long.
 * Undefined where they are.
 */
export function ambiguityOf({ path, route }: Pick<Binding, 'path' | 'route'>): string | undefined {
  if (path.ambiguous !== undefined) return describeAmbiguity(path.ambiguous);
  const unkept = unkeptPart(path, route);
  if (unkept !== undefined) return describeAmbiguity(UNKEPT[unkept]);
  return path.path.length > LONGEST_JUDGED_PATH
    ? `the path has more than ${LONGEST_JUDGED_PATH} characters, and policies decide by it`
    : undefined;
}
