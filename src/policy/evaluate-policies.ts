import type { CompiledPolicy } from './compiled-policy.ts';
import type { Policy } from './policy.ts';
import type { PolicyInput } from './policy-input.ts';
import type { PolicyReason } from './reason.ts';
import { NO_REASONS, type ReasonSet, reasonBit, reasonsOf } from './reason-set.ts';
import { Tally } from './tally.ts';

/** A policy of the store, ready to judge. */
export interface LoadedPolicy {
  readonly policy: Policy;
  readonly compiled: CompiledPolicy;
}

/** What all policies of a request come to together, `none` being that none allows it. */
export interface PolicyOutcome {
  readonly outcome: 'allow' | 'deny' | 'none' | 'unauthenticated' | 'client-certificate';
  /** Those of the side that decided, the deciding one first; empty where no policy said anything. */
  readonly reasons: readonly PolicyReason[];
  /** The first one that says so; absent where none says anything. */
  readonly policy: Policy | undefined;
}

const UNAUTHENTICATED = reasonBit('user-unauthenticated');
const BAD_CERTIFICATE = reasonBit('client-certificate-required') | reasonBit('invalid-client-certificate');

/** What the policies decide that are in force; shadow policies take no part. */
export function evaluatePolicies(policies: readonly LoadedPolicy[], input: PolicyInput): PolicyOutcome {
  return evaluate(policies, 'enforce', input);
}

/** What the shadow policies alone would decide; the others take no part. */
export function evaluateShadow(policies: readonly LoadedPolicy[], input: PolicyInput): PolicyOutcome {
  return evaluate(policies, 'shadow', input);
}

/** What one policy would come to if it were the only one. */
export function outcomeOf(policy: CompiledPolicy, input: PolicyInput): PolicyOutcome['outcome'] {
  all.clear();
  policy.weigh(input, all);
  return decide([]).outcome;
}

/** What each policy says, by its place in the list, and all together; used by one evaluation after the other. */
const each: Tally[] = [];
const all = new Tally();

function evaluate(
  policies: readonly LoadedPolicy[],
  mode: Policy['mode'],
  input: PolicyInput,
): PolicyOutcome {
  all.clear();
  while (each.length < policies.length) each.push(new Tally());
  for (let index = 0; index < policies.length; index++) {
    const loaded = policies[index];
    const tally = each[index];
    if (loaded === undefined || tally === undefined) continue;
    tally.clear();
    if (loaded.policy.mode !== mode) continue;
    loaded.compiled.weigh(input, tally);
    all.add(tally);
  }
  return decide(policies);
}

/** Pomerium's precedence. A reason about certificate or caller counts even where its side did not come true. */
function decide(policies: readonly LoadedPolicy[]): PolicyOutcome {
  const { allowReasons, denyReasons } = all;
  if (deniesCertificate(all)) {
    const reasons = leading(denyReasons, BAD_CERTIFICATE);
    return { outcome: 'client-certificate', reasons, policy: firstThat(policies, deniesCertificate) };
  }
  if (wantsCaller(all)) {
    const side = (allowReasons & UNAUTHENTICATED) !== NO_REASONS ? allowReasons : denyReasons;
    return {
      outcome: 'unauthenticated',
      reasons: leading(side, UNAUTHENTICATED),
      policy: firstThat(policies, wantsCaller),
    };
  }
  if (denies(all))
    return { outcome: 'deny', reasons: reasonsOf(denyReasons), policy: firstThat(policies, denies) };
  if (allows(all))
    return { outcome: 'allow', reasons: reasonsOf(allowReasons), policy: firstThat(policies, allows) };
  if (missesCertificate(all)) {
    const reasons = leading(allowReasons, BAD_CERTIFICATE);
    return { outcome: 'client-certificate', reasons, policy: firstThat(policies, missesCertificate) };
  }
  return { outcome: 'none', reasons: reasonsOf(allowReasons), policy: firstThat(policies, speaks) };
}

const deniesCertificate = (says: Tally) => (says.denyReasons & BAD_CERTIFICATE) !== NO_REASONS;
const missesCertificate = (says: Tally) => (says.allowReasons & BAD_CERTIFICATE) !== NO_REASONS;
const wantsCaller = (says: Tally) =>
  ((says.allowReasons | says.denyReasons) & UNAUTHENTICATED) !== NO_REASONS;
const denies = (says: Tally) => says.deny;
const allows = (says: Tally) => says.allow;
const speaks = (says: Tally) => says.allowReasons !== NO_REASONS;

function firstThat(policies: readonly LoadedPolicy[], says: (tally: Tally) => boolean): Policy | undefined {
  for (let index = 0; index < policies.length; index++) {
    const tally = each[index];
    if (tally !== undefined && says(tally)) return policies[index]?.policy;
  }
  return undefined;
}

function leading(reasons: ReasonSet, first: ReasonSet): readonly PolicyReason[] {
  return [...reasonsOf(reasons & first), ...reasonsOf(reasons & ~first)];
}
