import { LRUCache } from 'lru-cache';
import type { ClaimValue } from '../accounts/directory-schema.ts';
import type { SourceNode } from '../text/source-node.ts';
import type { ProblemList } from './problem-list.ts';
import { readEntries } from './read-fields.ts';
import { readScalar } from './read-scalar.ts';

/** Whether a list of values matches. Takes time linear in the list. */
export type StringListTest = (values: readonly ClaimValue[]) => boolean;

const STRING_LIST_OPERATORS = ['has', 'is', 'exclude'] as const;
type StringListOperator = (typeof STRING_LIST_OPERATORS)[number];

/** Compiles a string-list matcher: a bare value that the list must contain, or a map of operators that must all hold. */
export function compileStringListMatcher(
  data: SourceNode,
  problems: ProblemList,
): StringListTest | undefined {
  if (data.kind !== 'map') return compileOperator('has', data, problems);
  const tests = readEntries(data.entries, STRING_LIST_OPERATORS, problems, (operator, value) =>
    compileOperator(operator, value, problems),
  );
  return tests && ((values) => tests.every((test) => test(values)));
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

/** Compares with the type: the number 1 is not the text "1". */
function has(values: readonly ClaimValue[], value: unknown): boolean {
  if (values.length > SHORT_LIST) {
    const set = setOf(values);
    // A set differs from === only for NaN, which JSON does not have.
    if (set) return set.has(value);
  }
  for (const each of values) if (each === value) return true;
  return false;
}

/** The longest list that is searched as fast as a set. */
const SHORT_LIST = 64;
/** Searches of a list before a set is built for it. */
const SEARCHES = 8;
/** Lists that are remembered. */
const MAX_LISTS = 2000;

interface SearchedList {
  searches: number;
  set: ReadonlySet<unknown> | undefined;
}

const searched = new LRUCache<object, SearchedList>({ max: MAX_LISTS });

/**
 * The set for a long list that was searched several times. A caller may have 10,000 groups and a policy a thousand
 * criteria on them, and one search takes up to 70 µs.
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
