import type { SourceNode, SourceScalar } from '../text/source-node.ts';
import { describeNode } from '../text/source-node.ts';
import type { ProblemList } from './problem-list.ts';
import { withoutGaps } from './read-fields.ts';

/**
 * Reads a single value to compare with. Accepts a number, a boolean and null, although no text equals them. Refuses a
 * list, which is more likely meant for `in`.
 */
export function readScalar(data: SourceNode, problems: ProblemList): SourceScalar | undefined {
  if (data.kind === 'scalar') return data;
  return problems.add(data, `expected a single value, got ${describeNode(data)}`);
}

/** The text of a node, or undefined if it is something else. */
export function textOf(node: SourceNode): string | undefined {
  return node.kind === 'scalar' && typeof node.value === 'string' ? node.value : undefined;
}

/** Parses the text of a node. Undefined if it is invalid, with the reason in `problems`. */
export function readText<T>(
  node: SourceNode,
  expected: string,
  parse: (text: string) => T | undefined,
  problems: ProblemList,
): T | undefined {
  const text = textOf(node);
  const read = text === undefined ? undefined : parse(text);
  if (read === undefined) problems.add(node, `expected ${expected}, got ${describeNode(node)}`);
  return read;
}

/** Parses one text or a list of texts. Undefined if one is invalid. */
export function readTexts<T>(
  data: SourceNode,
  expected: string,
  parse: (text: string) => T | undefined,
  problems: ProblemList,
): T[] | undefined {
  const items = data.kind === 'list' ? data.items : [data];
  return withoutGaps(items.map((item) => readText(item, expected, parse, problems)));
}
