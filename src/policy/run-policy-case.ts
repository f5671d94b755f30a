import type { CompiledPolicy } from './compiled-policy.ts';
import { outcomeOf } from './evaluate-policies.ts';
import { type PolicyCase, policyCaseInput } from './policy-case.ts';
import type { PolicyError } from './policy-error.ts';
import type { PolicyVerdict } from './verdict-accumulator.ts';

/** What a policy says of a case, in the form in which the case expects it. */
export type CaseOutcome = 'allow' | 'deny' | PolicyVerdict | { readonly error: string };

export interface CaseResult {
  readonly passed: boolean;
  readonly actual: CaseOutcome;
}

/** @param policy compiled, or why it does not load */
export function runPolicyCase(given: PolicyCase, policy: CompiledPolicy | PolicyError): CaseResult {
  const { expect } = given;
  const actual = evaluateCase(given, policy);
  if (typeof actual === 'object' && 'error' in actual)
    return { passed: policy instanceof Error && isErrorExpected(expect), actual };
  if (typeof expect === 'string') return { passed: actual === expect, actual };
  if ('error' in expect || typeof actual === 'string') return { passed: false, actual };
  const passed = (['allow', 'deny'] as const).every(
    (side) =>
      expect[side].value === actual[side].value && sameSet(expect[side].reasons, actual[side].reasons),
  );
  return { passed, actual };
}

function evaluateCase(given: PolicyCase, policy: CompiledPolicy | PolicyError): CaseOutcome {
  if (policy instanceof Error) return { error: policy.message };
  if (policy.uses.time && given.request.time === undefined)
    return { error: 'the policy looks at the time: expected request.time in the case' };
  const input = policyCaseInput(given);
  if (typeof given.expect !== 'string') return policy.evaluate(input);
  return outcomeOf(policy, input) === 'allow' ? 'allow' : 'deny';
}

function isErrorExpected(expect: PolicyCase['expect']): boolean {
  return typeof expect === 'object' && 'error' in expect;
}

function sameSet(left: readonly string[], right: readonly string[]): boolean {
  const set = new Set(left);
  return set.size === new Set(right).size && right.every((each) => set.has(each));
}
