import type { CaseFailure, CaseOutcome } from '../policy/run-policy-cases.ts';
import type { ActionVerdict } from '../policy/verdict-accumulator.ts';
import { printable } from '../text/printable.ts';

/** What differs, a line each: expected, then what came. */
export function describeCaseFailure({ id, expected, actual }: CaseFailure): string {
  const lines = differences(expected, actual).map((line) => `    ${printable(line)}`);
  return [`not ok: ${printable(String(id))}`, ...lines].join('\n');
}

function differences(expected: CaseFailure['expected'], actual: CaseOutcome): string[] {
  if (typeof actual === 'object' && 'error' in actual)
    return [`expected ${nameOf(expected)}, but the policy can't be used:`, ...actual.error.split('\n')];
  if (typeof expected === 'string' || 'error' in expected || typeof actual === 'string')
    return [
      `expected ${nameOf(expected)}, got ${typeof actual === 'string' ? actual : 'a policy that loads'}`,
    ];
  return [
    ...sideDifferences('allow', expected.allow, actual.allow),
    ...sideDifferences('deny', expected.deny, actual.deny),
  ];
}

function nameOf(expected: CaseFailure['expected']): string {
  if (typeof expected === 'string') return expected;
  return 'error' in expected ? 'a policy that does not load' : 'a verdict';
}

function sideDifferences(side: 'allow' | 'deny', expected: ActionVerdict, actual: ActionVerdict): string[] {
  const lines: string[] = [];
  if (expected.value !== actual.value) lines.push(`${side}: expected ${expected.value}, got ${actual.value}`);
  const missing = expected.reasons.filter((reason) => !actual.reasons.includes(reason));
  const surplus = actual.reasons.filter((reason) => !expected.reasons.includes(reason));
  if (missing.length + surplus.length > 0)
    lines.push(
      `${side} reasons: ${[...missing.map((each) => `- ${each}`), ...surplus.map((each) => `+ ${each}`)].join('  ')}`,
    );
  return lines;
}
