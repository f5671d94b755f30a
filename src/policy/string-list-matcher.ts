import { LRUCache } from 'lru-cache';
import type { ClaimValue } from '../accounts/directory-schema.ts';
import type { SourceEntry, SourceNode } from '../text/source-node.ts';
import { suggestName } from '../text/suggest-name.ts';
import type { ProblemList } from './problem-list.ts';
import { readScalar } from './read-scalar.ts';

/** Whether a list of values fits. Takes time linear in the list. */
export type StringListTest = (values: readonly ClaimValue[]) => boolean;

export const STRING_LIST_OPERATORS = ['has', 'is', 'exclude'] as const;
type StringListOperator = (typeof STRING_LIST_OPERATORS)[number];

/** Compiles a string-list matcher: a bare value to contain, or a map of operators that all must hold. */
export function compileStringListMatcher(
  data: SourceNode,
  problems: ProblemList,
): StringListTest | undefined {
  if (data.kind !== 'map') return compileOperator('has', data, problems);
  const tests = data.entries.map((entry) => compileEntry(entry, problems));
  const whole = tests.filter((test) => test !== undefined);
  if (whole.length < tests.length) return undefined;
  return (values) => whole.every((test) => test(values));
}

function compileEntry(entry: SourceEntry, problems: ProblemList): StringListTest | undefined {
  const operator = STRING_LIST_OPERATORS.find((name) => name === entry.key);
  if (operator !== undefined) return compileOperator(operator, entry.value, problems);
  problems.add(
    entry,
    `expected one of ${STRING_LIST_OPERATORS.join(', ')}${suggestName(entry.key, STRING_LIST_OPERATORS)}`,
  );
  return undefined;
}

function compileOperator(
  operator: StringListOperator,
  data: SourceNode,
  problems: ProblemList,
): StringListTest | undefined {
  const scalar = readScalar(data, problems);
  if (scalar === undefined) return undefined;
  const { value } = scalar;
  switch (operator) {
    case 'has':
      return (values) => has(values, value);
    case 'is':
      return (values) => values.length === 1 && values[0] === value;
    case 'exclude':
      return (values) => !has(values, value);
    default:
      return operator satisfies never;
  }
}

/** Equal means of the same type too: the number 1 is not the text "1". */
function has(values: readonly ClaimValue[], value: unknown): boolean {
  if (values.length > SHORT_LIST) {
    const set = setOf(values);
    // Only zeros of either sign and what is no number differ there, and JSON has neither.
    if (set) return set.has(value);
  }
  for (const each of values) if (each === value) return true;
  return false;
}

/** A list up to so long is searched as fast as a set. */
const SHORT_LIST = 64;
/** A set is worth making once a list is searched that often. */
const SEARCHES = 8;
/** Lists that are remembered, the ones asked about last. */
const MAX_LISTS = 2000;

interface SearchedList {
  searches: number;
  set: ReadonlySet<unknown> | undefined;
}

const searched = new LRUCache<object, SearchedList>({ max: MAX_LISTS });

/**
 * Of a long list that was searched several times. A caller may have 10,000 groups, and a policy a thousand criteria on
 * them: a search takes up to 70 µs.
 */
function setOf(values: readonly ClaimValue[]): ReadonlySet<unknown> | undefined {
  const known = searched.get(values);
  if (!known) {
    searched.set(values, { searches: 1, set: undefined });
    return undefined;
  }
  known.searches++;
  if (known.searches > SEARCHES) known.set ??= new Set(values);
  return known.set;
}
