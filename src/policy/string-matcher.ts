import { describeNode, type SourceNode } from '../text/source-node.ts';
import type { ProblemList } from './problem-list.ts';
import { readEntries } from './read-fields.ts';
import { readScalar, readText } from './read-scalar.ts';

/** Whether a text matches. Takes time linear in the text. */
export type StringTest = (text: string) => boolean;

const STRING_OPERATORS = ['is', 'not', 'contains', 'starts_with', 'ends_with', 'in', 'not_in'] as const;
type StringOperator = (typeof STRING_OPERATORS)[number];

/** Compiles a string matcher: a bare value that the text must equal, or a map of operators that must all hold. */
export function compileStringMatcher(data: SourceNode, problems: ProblemList): StringTest | undefined {
  if (data.kind !== 'map') return compileOperator('is', data, problems);
  const tests = readEntries(data.entries, STRING_OPERATORS, problems, (operator, value) =>
    compileOperator(operator, value, problems),
  );
  return tests && allOf(tests);
}

function compileOperator(
  operator: StringOperator,
  data: SourceNode,
  problems: ProblemList,
): StringTest | undefined {
  switch (operator) {
    case 'is':
    case 'not': {
      const scalar = readScalar(data, problems);
      if (scalar === undefined) return undefined;
      const { value } = scalar;
      return operator === 'is' ? (text) => text === value : (text) => text !== value;
    }
    case 'in':
    case 'not_in': {
      const values = readList(data, problems);
      if (values === undefined) return undefined;
      return operator === 'in' ? (text) => values.has(text) : (text) => !values.has(text);
    }
    case 'contains':
    case 'starts_with':
    case 'ends_with': {
      const part = readText(data, 'text', (text) => text, problems);
      if (part === undefined) return undefined;
      if (operator === 'contains') return (text) => text.includes(part);
      return operator === 'starts_with' ? (text) => text.startsWith(part) : (text) => text.endsWith(part);
    }
    default:
      return operator satisfies never;
  }
}

function readList(data: SourceNode, problems: ProblemList): ReadonlySet<unknown> | undefined {
  if (data.kind !== 'list') return problems.add(data, `expected a list of texts, got ${describeNode(data)}`);
  const values = data.items.map((item) => readScalar(item, problems));
  return values.includes(undefined) ? undefined : new Set(values.map((scalar) => scalar?.value));
}

function allOf(tests: readonly StringTest[]): StringTest {
  const [first, second] = tests;
  if (first === undefined) return () => true;
  if (second === undefined) return first;
  return (text) => tests.every((test) => test(text));
}
