import { compilePolicy } from './compile-policy.ts';
import type { CompiledPolicy } from './compiled-policy.ts';
import type { PolicyCase } from './policy-case.ts';
import { PolicyError } from './policy-error.ts';
import { type CaseOutcome, runPolicyCase } from './run-policy-case.ts';

/** A case that can be told from the others. */
export type NamedCase = PolicyCase & { readonly id: string | number };

/** A case that did not come out as expected. */
export interface CaseFailure {
  readonly id: string | number;
  readonly expected: NamedCase['expect'];
  readonly actual: CaseOutcome;
}

/** A case without an id goes by its place, counted from 1. */
export function nameCases(cases: readonly PolicyCase[]): NamedCase[] {
  return cases.map((each, index) => ({ ...each, id: each.id ?? index + 1 }));
}

/**
 * Runs each case on its policy, one per step, and returns those that fail.
 * @param findText the document of a policy that a case names
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
