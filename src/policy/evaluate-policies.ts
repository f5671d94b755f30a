import type { CompiledPolicy } from './compiled-policy.ts';
import type { PolicyInput } from './policy-input.ts';
import type { PolicyReason } from './policy-reason-schema.ts';
import type { Policy } from './policy-schema.ts';
import { type Reason, reasonOf } from './reason.ts';
import type { ReasonSet } from './reason-set.ts';
import { VerdictAccumulator } from './verdict-accumulator.ts';

/** A policy of the store, ready to evaluate. */
export interface LoadedPolicy {
  readonly policy: Policy;
  readonly compiled: CompiledPolicy;
}

/** What all policies of a request come to together, `none` being that none allows it. */
export interface PolicyOutcome {
  readonly outcome: 'allow' | 'deny' | 'none' | 'unauthenticated' | 'client-certificate';
  /** Those of the side that decided, the deciding one first; empty if no policy said anything. */
  readonly reasons: readonly PolicyReason[];
  /** The first one that says so; absent if none says anything. */
  readonly policy: Policy | undefined;
}

const UNAUTHENTICATED = reasonOf('user-unauthenticated');
const BAD_CERTIFICATE = [reasonOf('client-certificate-required'), reasonOf('invalid-client-certificate')];

/** What the policies decide that are in force; shadow policies take no part. */
export function evaluatePolicies(policies: readonly LoadedPolicy[], input: PolicyInput): PolicyOutcome {
  return evaluate(policies, 'enforce', input);
}

/** What the shadow policies alone would decide; the others take no part. */
export function evaluateShadow(policies: readonly LoadedPolicy[], input: PolicyInput): PolicyOutcome {
  return evaluate(policies, 'shadow', input);
}

/**
 * What policies refuse, whatever others admit: a bad client certificate, or a denial that holds. Undefined if nothing; a
 * caller that is not known is no reason here.
 */
export function evaluateDenials(
  policies: readonly LoadedPolicy[],
  input: PolicyInput,
): PolicyOutcome | undefined {
  evaluateAll(policies, 'enforce', input);
  if (deniesCertificate(all)) return certificateDenied(policies);
  return denies(all) ? denied(policies) : undefined;
}

/** What one policy would come to if it were the only one. */
export function outcomeOf(policy: CompiledPolicy, input: PolicyInput): PolicyOutcome['outcome'] {
  all.clear();
  policy.addVerdict(input, all);
  return decide([]).outcome;
}

/** What each policy says, by its place in the list, and all together; used by one evaluation after the other. */
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

/** Pomerium's precedence. A reason about certificate or caller counts even where its side did not come true. */
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
