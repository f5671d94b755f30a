import type { SourceNode } from '../text/source-node.ts';
import { textOf } from './read-scalar.ts';

/**
 * What all policies of one request may cost together. One unit stands for 50 ns of a Check at most, so that this is less
 * than a millisecond.
 */
export const MAX_POLICY_COST = 16_000;

/** The cost of a policy beside its criteria. */
export const COST_PER_POLICY = 4;

/** Characters of a path that policies are asked about; a longer one is refused if a policy looks at the path. */
export const LONGEST_EVALUATED_PATH = 2048;
/** Characters of a method that any request may have. */
export const LONGEST_METHOD = 128;
/** Names in a client's certificate. */
export const MAX_CERTIFICATE_NAMES = 256;

/** The cost of a string matcher on a text of at most so many characters, read from the document. */
export function textCost(data: SourceNode, longest: number): number {
  if (data.kind !== 'map') return compareCost(data);
  let cost = 0;
  for (const { key, value } of data.entries)
    cost += key === 'contains' ? searchCost(value, longest) : compareCost(value);
  return Math.max(1, cost);
}

/** A value is compared from one end: 2.5 ns a character. */
export function compareCost(data: SourceNode): number {
  const values = data.kind === 'list' ? data.items : [data];
  let longest = 0;
  for (const value of values) longest = Math.max(longest, lengthOf(value));
  return Math.max(1, Math.ceil(longest / 20));
}

/** A long text that repeats itself is searched in 5 ns a character, and for a long part of its kind in many times that. */
export function searchCost(part: SourceNode, longest: number): number {
  const nanoseconds = longest * Math.max(5, lengthOf(part) / 8);
  return 1 + Math.ceil(nanoseconds / 50);
}

function lengthOf(data: SourceNode): number {
  return textOf(data)?.length ?? 0;
}
