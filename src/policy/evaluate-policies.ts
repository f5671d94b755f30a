import type { CompiledPolicy } from './compiled-policy.ts';
import type { PolicyInput } from './policy-input.ts';
import type { PolicyReason } from './policy-reason-schema.ts';
import type { Policy } from './policy-schema.ts';
import { type Reason, reasonOf } from './reason.ts';
import type { ReasonSet } from './reason-set.ts';
import { VerdictAccumulator } from './verdict-accumulator.ts';

/** A policy of the store with its compiled form. */
export interface LoadedPolicy {
  readonly policy: Policy;
  readonly compiled: CompiledPolicy;
}

/** The combined outcome of all policies of a request. `none`: no policy allows it. */
export interface PolicyOutcome {
  readonly outcome: 'allow' | 'deny' | 'none' | 'unauthenticated' | 'client-certificate';
  /** The reasons of the side that decided, the deciding one first. Empty if no policy gave a reason. */
  readonly reasons: readonly PolicyReason[];
  /** The first policy with this outcome. Absent if no policy gave a reason. */
  readonly policy: Policy | undefined;
}

const UNAUTHENTICATED = reasonOf('user-unauthenticated');
const BAD_CERTIFICATE = [reasonOf('client-certificate-required'), reasonOf('invalid-client-certificate')];

/** Evaluates the policies in `enforce` mode. */
export function evaluatePolicies(policies: readonly LoadedPolicy[], input: PolicyInput): PolicyOutcome {
  return evaluate(policies, 'enforce', input);
}

/** Evaluates the policies in `shadow` mode. */
export function evaluateShadow(policies: readonly LoadedPolicy[], input: PolicyInput): PolicyOutcome {
  return evaluate(policies, 'shadow', input);
}

/**
 * What the policies refuse whatever other policies allow: an invalid client certificate, or a deny rule that holds.
 * Undefined if they refuse nothing. A missing caller is not a reason here.
 */
export function evaluateDenials(
  policies: readonly LoadedPolicy[],
  input: PolicyInput,
): PolicyOutcome | undefined {
  evaluateAll(policies, 'enforce', input);
  if (deniesCertificate(all)) return certificateDenied(policies);
  return denies(all) ? denied(policies) : undefined;
}

/** The outcome of one policy on its own. */
export function outcomeOf(policy: CompiledPolicy, input: PolicyInput): PolicyOutcome['outcome'] {
  all.clear();
  policy.addVerdict(input, all);
  return decide([]).outcome;
}

/** The verdicts of each policy, by its place in the list, and of all. Shared by all evaluations to avoid allocations. */
const each: VerdictAccumulator[] = [];
const all = new VerdictAccumulator();

function evaluate(
  policies: readonly LoadedPolicy[],
  mode: Policy['mode'],
  input: PolicyInput,
): PolicyOutcome {
  evaluateAll(policies, mode, input);
  return decide(policies);
}

function evaluateAll(policies: readonly LoadedPolicy[], mode: Policy['mode'], input: PolicyInput): void {
  all.clear();
  while (each.length < policies.length) each.push(new VerdictAccumulator());
  for (let index = 0; index < policies.length; index++) {
    const loaded = policies[index];
    const verdict = each[index];
    if (loaded === undefined || verdict === undefined) continue;
    verdict.clear();
    if (loaded.policy.mode !== mode) continue;
    loaded.compiled.addVerdict(input, verdict);
    all.add(verdict);
  }
}

/** Pomerium's precedence. A reason about certificate or caller counts even if its side does not hold. */
function decide(policies: readonly LoadedPolicy[]): PolicyOutcome {
  const { allowReasons, denyReasons } = all;
  if (deniesCertificate(all)) return certificateDenied(policies);
  if (wantsCaller(all)) {
    const side = allowReasons.has(UNAUTHENTICATED) ? allowReasons : denyReasons;
    return {
      outcome: 'unauthenticated',
      reasons: leading(side, [UNAUTHENTICATED]),
      policy: firstThat(policies, wantsCaller),
    };
  }
  if (denies(all)) return denied(policies);
  if (allows(all))
    return { outcome: 'allow', reasons: allowReasons.list(), policy: firstThat(policies, allows) };
  if (missesCertificate(all)) {
    const reasons = leading(allowReasons, BAD_CERTIFICATE);
    return { outcome: 'client-certificate', reasons, policy: firstThat(policies, missesCertificate) };
  }
  return { outcome: 'none', reasons: allowReasons.list(), policy: firstThat(policies, givesReason) };
}

function certificateDenied(policies: readonly LoadedPolicy[]): PolicyOutcome {
  const reasons = leading(all.denyReasons, BAD_CERTIFICATE);
  return { outcome: 'client-certificate', reasons, policy: firstThat(policies, deniesCertificate) };
}

function denied(policies: readonly LoadedPolicy[]): PolicyOutcome {
  return { outcome: 'deny', reasons: all.denyReasons.list(), policy: firstThat(policies, denies) };
}

const deniesCertificate = (says: VerdictAccumulator) =>
  BAD_CERTIFICATE.some((reason) => says.denyReasons.has(reason));
const missesCertificate = (says: VerdictAccumulator) =>
  BAD_CERTIFICATE.some((reason) => says.allowReasons.has(reason));
const wantsCaller = (says: VerdictAccumulator) =>
  says.allowReasons.has(UNAUTHENTICATED) || says.denyReasons.has(UNAUTHENTICATED);
const denies = (says: VerdictAccumulator) => says.deny;
const allows = (says: VerdictAccumulator) => says.allow;
const givesReason = (says: VerdictAccumulator) => !says.allowReasons.isEmpty;

function firstThat(
  policies: readonly LoadedPolicy[],
  says: (verdict: VerdictAccumulator) => boolean,
): Policy | undefined {
  for (let index = 0; index < policies.length; index++) {
    const verdict = each[index];
    if (verdict !== undefined && says(verdict)) return policies[index]?.policy;
  }
  return undefined;
}

function leading(reasons: ReasonSet, first: readonly Reason[]): readonly PolicyReason[] {
  const leaders = first.filter((reason) => reasons.has(reason)).map(({ name }) => name);
  return [...leaders, ...reasons.list().filter((name) => !leaders.includes(name))];
}
