import type { Placed, SourceNode } from '../../text/source-node.ts';
import { describeNode, quote } from '../../text/source-node.ts';
import { ProblemList } from '../problem-list.ts';
import { textOf } from '../read-scalar.ts';
import { compileStringMatcher, type StringTest } from '../string-matcher.ts';
import type { CriterionNotes } from './criterion-notes.ts';

/** The part of a text that an operator compares with its value. */
export type ComparedPart = 'whole' | 'start' | 'end' | 'part';

/** The texts that a criterion compares. */
export interface TextKind {
  /** Their name in messages, such as `user IDs`. */
  readonly name: string;
  /** Why no such text can match the value. Undefined if one can. */
  impossible?(value: string, part: ComparedPart): string | undefined;
  /** What the author may have overlooked. */
  doubtful?(value: string, part: ComparedPart): string | undefined;
}

export interface Operand {
  readonly operator: string;
  readonly at: Placed;
  readonly data: SourceNode;
}

/** A value and its place in the document. */
interface Value {
  readonly at: Placed;
  readonly node: SourceNode;
}

/**
 * Finds values that no text of the kind can match, values that every text matches, and operators that exclude each other.
 * The matcher compiles.
 */
export function lintStringMatcher(data: SourceNode, kind: TextKind, notes: CriterionNotes): void {
  const operands = operandsOf(data);
  if (operands.length === 0) notes.fitsEverything(data, 'it has no operator');
  for (const operand of operands) lintOperand(operand, kind, notes);
  if (!notes.isSettled && excludeEachOther([data]))
    notes.neverHolds(data, 'no text matches all of its operators');
}

/** The most comparisons that are worth their time. */
const MAX_COMPARISONS = 100_000;

/** Whether no text can match all of the matchers. Each of them compiles. False also if there are too many of them. */
export function excludeEachOther(matchers: readonly SourceNode[]): boolean {
  const operands = matchers.flatMap(operandsOf);
  const tests = matchers.map((each) => compileStringMatcher(each, new ProblemList(undefined)));
  const fits: StringTest = (text) => tests.every((test) => test?.(text));
  const whole = operands.find(({ operator }) => operator === 'is' || operator === 'in');
  if (whole !== undefined) {
    const texts = textsOf(whole);
    return texts.length * tests.length <= MAX_COMPARISONS && !texts.some(fits);
  }
  const given = (name: string) => operands.filter(({ operator }) => operator === name).flatMap(textsOf);
  const [starts, ends] = [given('starts_with'), given('ends_with')];
  const [start, end] = [longest(starts), longest(ends)];
  return starts.some((text) => !start.startsWith(text)) || ends.some((text) => !end.endsWith(text));
}

function longest(texts: readonly string[]): string {
  return texts.reduce((before, text) => (text.length > before.length ? text : before), '');
}

/** A bare value is the operand of `is`. */
export function operandsOf(data: SourceNode): Operand[] {
  if (data.kind !== 'map') return [{ operator: 'is', at: data, data }];
  return data.entries.map((entry) => ({ operator: entry.key, at: entry, data: entry.value }));
}

function valuesOf({ at, data }: Operand): Value[] {
  return data.kind === 'list' ? data.items.map((node) => ({ at: node, node })) : [{ at, node: data }];
}

export function textsOf(operand: Operand): string[] {
  return valuesOf(operand).flatMap(({ node }) => textOf(node) ?? []);
}

function lintOperand(operand: Operand, kind: TextKind, notes: CriterionNotes): void {
  const { operator, at } = operand;
  const part = comparedPart(operator);
  if (part !== 'whole' && textsOf(operand)[0] === '') {
    notes.fitsEverything(at, 'every text contains the empty text');
    return;
  }
  const values = valuesOf(operand).map((value) => ({ ...value, misfit: whyMisfit(value.node, part, kind) }));
  if (values.every(({ misfit }) => misfit !== undefined)) {
    const why = values[0]?.misfit ?? 'the list is empty';
    if (operator === 'not' || operator === 'not_in') notes.fitsEverything(at, why);
    else notes.neverHolds(at, why);
    return;
  }
  for (const value of values)
    if (value.misfit !== undefined) notes.warn(value.at, `never matches: ${value.misfit}`);
    else warnOfDoubt(value, part, kind, notes);
}

export function comparedPart(operator: string): ComparedPart {
  switch (operator) {
    case 'contains':
      return 'part';
    case 'starts_with':
      return 'start';
    case 'ends_with':
      return 'end';
    default:
      return 'whole';
  }
}

function whyMisfit(node: SourceNode, part: ComparedPart, kind: TextKind): string | undefined {
  if (node.kind !== 'scalar') return undefined;
  if (typeof node.value !== 'string')
    return `${kind.name} are text, and ${describeNode(node)} is not; write it in quotes`;
  return kind.impossible?.(node.value, part);
}

function warnOfDoubt({ at, node }: Value, part: ComparedPart, kind: TextKind, notes: CriterionNotes): void {
  if (node.kind !== 'scalar' || typeof node.value !== 'string') return;
  const { value } = node;
  if (value.includes('*'))
    notes.warn(
      at,
      `${quote(value)} is compared literally: * is not a wildcard; use starts_with, ends_with or contains`,
    );
  if (value !== value.trim()) notes.warn(at, `${quote(value)} begins or ends with a space, which counts`);
  const doubt = kind.doubtful?.(value, part);
  if (doubt !== undefined) notes.warn(at, doubt);
}
