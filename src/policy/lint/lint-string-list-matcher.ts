import type { Placed, ScalarValue, SourceNode } from '../../text/source-node.ts';
import { quote } from '../../text/source-node.ts';
import type { CriterionNotes } from './criterion-notes.ts';

/** The values that a criterion compares. */
export interface ListValueKind {
  /** Why no list can have the value. Undefined if one can. */
  impossible(value: ScalarValue): string | undefined;
  /** What the author may have overlooked. */
  doubtful?(value: ScalarValue): string | undefined;
}

interface Operand {
  readonly operator: string;
  readonly at: Placed;
  readonly value: ScalarValue;
}

/** Finds values that no list can have, and operators that exclude each other. The matcher compiles. */
export function lintStringListMatcher(data: SourceNode, kind: ListValueKind, notes: CriterionNotes): void {
  const operands = operandsOf(data);
  if (operands.length === 0) notes.fitsEverything(data, 'it has no operator');
  for (const operand of operands) lintOperand(operand, kind, notes);
  if (!notes.isSettled && listsExcludeEachOther([data]))
    notes.neverHolds(data, 'no list matches all of its operators');
}

/** Whether no list can match all of the matchers. Each of them compiles. */
export function listsExcludeEachOther(matchers: readonly SourceNode[]): boolean {
  const operands = matchers.flatMap(operandsOf);
  const given = (name: string) =>
    operands.filter(({ operator }) => operator === name).map(({ value }) => value);
  const only = given('is');
  const wanted = [...only, ...given('has')];
  const excluded = new Set(given('exclude'));
  return (
    wanted.some((value) => excluded.has(value)) || only.some((value) => wanted.some((each) => each !== value))
  );
}

function operandsOf(data: SourceNode): Operand[] {
  const entries = data.kind === 'map' ? data.entries : [{ ...data, key: 'has', value: data }];
  return entries.flatMap(({ key, value, path, offset }) =>
    value.kind === 'scalar' ? [{ operator: key, at: { path, offset }, value: value.value }] : [],
  );
}

function lintOperand({ operator, at, value }: Operand, kind: ListValueKind, notes: CriterionNotes): void {
  const misfit = kind.impossible(value);
  if (misfit !== undefined) {
    if (operator === 'exclude') notes.warn(at, `excludes nothing: ${misfit}`);
    else notes.neverHolds(at, misfit);
    return;
  }
  if (typeof value === 'string' && value.includes('*'))
    notes.warn(at, `${quote(value)} is compared literally: * is not a wildcard`);
  if (typeof value === 'string' && value !== value.trim())
    notes.warn(at, `${quote(value)} begins or ends with a space, which counts`);
  const doubt = kind.doubtful?.(value);
  if (doubt !== undefined) notes.warn(at, doubt);
}
