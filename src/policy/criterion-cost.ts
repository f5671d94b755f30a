import type { SourceNode } from '../text/source-node.ts';
import { textOf } from './read-scalar.ts';

/**
 * The maximum cost of all policies of one request. One unit stands for at most 50 ns of a Check, so the maximum is less
 * than a millisecond.
 */
export const MAX_POLICY_COST = 16_000;

/** The cost of a policy in addition to its criteria. */
export const COST_PER_POLICY = 4;

/** Characters of the longest path that policies evaluate. A longer one is refused if a policy reads the path. */
export const LONGEST_EVALUATED_PATH = 2048;
/** Characters of the longest method that a request may have. */
export const LONGEST_METHOD = 128;
/** The most names that a client certificate may have. */
export const MAX_CERTIFICATE_NAMES = 256;

/** The cost of a string matcher on a text of at most `longest` characters. */
export function textCost(data: SourceNode, longest: number): number {
  if (data.kind !== 'map') return compareCost(data);
  let cost = 0;
  for (const { key, value } of data.entries)
    cost += key === 'contains' ? searchCost(value, longest) : compareCost(value);
  return Math.max(1, cost);
}

/** The cost of comparing a value from one end: 2.5 ns per character. */
export function compareCost(data: SourceNode): number {
  const values = data.kind === 'list' ? data.items : [data];
  let longest = 0;
  for (const value of values) longest = Math.max(longest, lengthOf(value));
  return Math.max(1, Math.ceil(longest / 20));
}

/** The cost of a search: 5 ns per character of the text, and more if a long part nearly matches at many places. */
export function searchCost(part: SourceNode, longest: number): number {
  const nanoseconds = longest * Math.max(5, lengthOf(part) / 8);
  return 1 + Math.ceil(nanoseconds / 50);
}

function lengthOf(data: SourceNode): number {
  return textOf(data)?.length ?? 0;
}
