import { compilePolicy } from './compile-policy.ts';
import type { CompiledPolicy } from './compiled-policy.ts';
import { outcomeOf } from './evaluate-policies.ts';
import { type PolicyCase, policyCaseInput } from './policy-case.ts';
import { PolicyError } from './policy-error.ts';
import type { PolicyVerdict } from './verdict-accumulator.ts';

/** A case with an id for reports. */
export type NamedCase = PolicyCase & { readonly id: string | number };

/** A case that did not come out as expected. */
export interface CaseFailure {
  readonly id: string | number;
  readonly expected: NamedCase['expect'];
  readonly actual: CaseOutcome;
}

/** Gives cases without an id their position, counted from 1. */
export function nameCases(cases: readonly PolicyCase[]): NamedCase[] {
  return cases.map((each, index) => ({ ...each, id: each.id ?? index + 1 }));
}

/**
 * Runs each case on its policy, one per step, and returns those that fail.
 * @param findText finds the document of a policy that a case names
 */
export function* runCases(
  cases: readonly NamedCase[],
  findText: (policy: string) => unknown,
): Generator<void, CaseFailure[]> {
  const compiled = new Map<string, CompiledPolicy | PolicyError>();
  const failures: CaseFailure[] = [];
  for (const each of cases) {
    // Many cases of one named policy compile it once.
    const known = each.policy === undefined ? undefined : compiled.get(each.policy);
    const policy = known ?? compile(each.policy === undefined ? each.ppl : findText(each.policy));
    if (each.policy !== undefined) compiled.set(each.policy, policy);
    const { passed, actual } = runPolicyCase(each, policy);
    if (!passed) failures.push({ id: each.id, expected: each.expect, actual });
    yield;
  }
  return failures;
}

function compile(source: unknown): CompiledPolicy | PolicyError {
  try {
    return compilePolicy(source);
  } catch (error) {
    if (error instanceof PolicyError) return error;
    throw error;
  }
}

/** The result of a case, in the same form as the expectation. */
export type CaseOutcome = 'allow' | 'deny' | PolicyVerdict | { readonly error: string };

export interface CaseResult {
  readonly passed: boolean;
  readonly actual: CaseOutcome;
}

/** @param policy compiled, or why it does not compile */
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
    return { error: 'the policy reads the time: expected request.time in the case' };
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
