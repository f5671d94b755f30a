import type { Caller } from '../accounts/caller.ts';
import { isWithin } from '../accounts/namespace-tree.ts';
import { isReadableAddress } from '../policy/address-ranges.ts';
import { LONGEST_JUDGED_PATH, LONGEST_METHOD } from '../policy/criterion-cost.ts';
import { evaluatePolicies, evaluateShadow, type PolicyOutcome } from '../policy/evaluate-policies.ts';
import { type Binding, describeAmbiguity } from '../routes/binding.ts';
import { UNKEPT, unkeptPart } from '../routes/request-path.ts';
import type { CheckRequest } from './check-request.ts';
import { allow, type Decision, deny, denyByPolicy, type Judged } from './decision.ts';
import type { Identity } from './identity.ts';
import type { Picture } from './picture.ts';
import { type PolicyInputSettings, policyInput } from './policy-input.ts';
import { PolicyFault } from './policy-set.ts';

/** What has been found out about a request before anything is judged. */
export interface Findings {
  readonly binding: Binding;
  /** Absent where no credential was sent. */
  readonly identity: Identity | undefined;
  readonly judged: Judged;
}

/**
 * Scope and policy. A credential that is no good, or out of its scope, leaves a caller who counts as nobody: what admits
 * everybody admits it too, and anything else refuses it for the credential's own reason.
 */
export function judge(
  picture: Picture,
  request: CheckRequest,
  found: Findings,
  settings: PolicyInputSettings,
  now: number,
): Decision {
  const { binding, identity } = found;
  const policies = picture.policiesFor(binding);
  if (policies.fault !== undefined) throw new PolicyFault(policies.fault);

  if (request.method.length > LONGEST_METHOD)
    return deny(found.judged, 'path-ambiguous', 'path-ambiguous', LONG_METHOD);
  const ambiguity = policies.usesPath ? ambiguityOf(binding) : undefined;
  if (ambiguity !== undefined) return deny(found.judged, 'path-ambiguous', 'path-ambiguous', ambiguity);

  const caller = callerInScope(picture, binding, identity);
  const input = policyInput(request, binding, caller, settings, now);
  // A rule that refuses an address must not be got around by a request that shows none.
  if (policies.usesSourceIp && !isReadableAddress(input.request.ip))
    throw new PolicyFault(`a policy looks at source_ip, and ${MISSING_ADDRESS[settings.sourceIp]}`);
  const outcome = evaluatePolicies(policies.deciding, input);
  const judged =
    policies.shadow.length > 0
      ? { ...found.judged, shadow: evaluateShadow(policies.shadow, input) }
      : found.judged;
  if (outcome.outcome === 'allow') return allow(judged, outcome, caller !== undefined);
  return identity !== undefined && caller === undefined
    ? denyNobody(judged, outcome, identity)
    : denyByPolicy(judged, outcome, policies.deciding.length > 0);
}

const LONG_METHOD = `the method has more than ${LONGEST_METHOD} characters`;

const MISSING_ADDRESS: Readonly<Record<PolicyInputSettings['sourceIp'], string>> = {
  peer: 'Envoy gave no address of its peer',
  'x-envoy-external-address':
    'the request has not the one x-envoy-external-address that Envoy sets with use_remote_address',
};

function denyNobody(judged: Judged, outcome: PolicyOutcome, identity: Identity): Decision {
  if (outcome.outcome === 'client-certificate') return denyByPolicy(judged, outcome, true);
  if ('refused' in identity) {
    const hint = 'hint' in identity ? identity.hint : undefined;
    return deny(judged, 'unauthenticated', identity.refused, identity.detail, hint);
  }
  return deny(
    judged,
    'forbidden',
    'namespace-unauthorized',
    'the service account does not belong to this namespace',
  );
}

/** The caller, where it is known and this is its own namespace or one below. */
export function callerInScope(
  picture: Picture,
  binding: Binding,
  identity: Identity | undefined,
): Caller | undefined {
  if (identity === undefined || 'refused' in identity) return undefined;
  const home = picture.tree.nodes.get(identity.account.namespace);
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
