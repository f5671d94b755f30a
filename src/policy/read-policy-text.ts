import { readYaml } from '../text/read-yaml.ts';
import type { SourceNode } from '../text/source-node.ts';
import type { ProblemList } from './problem-list.ts';

/** UTF-16 units. */
const MAX_TEXT = 256 * 1024;
/** A policy needs ten levels at most. */
export const MAX_DEPTH = 32;
/** Nodes after aliases are expanded, so that a few lines cannot expand to billions. They compile in a few milliseconds. */
export const MAX_NODES = 12_000;

const RULES = {
  maxCharacters: MAX_TEXT,
  maxDepth: MAX_DEPTH,
  maxNodes: MAX_NODES,
  maxRepeated: MAX_NODES,
};

/** Reads YAML 1.2, which includes JSON. Undefined if the text is invalid, with the reasons in `problems`. */
export function readPolicyText(text: string, problems: ProblemList): SourceNode | undefined {
  const [document, second] = readYaml(text, RULES, (at, message) => problems.add(at, message));
  if (second !== undefined)
    problems.add({ path: '', offset: second.start }, 'expected one document, found another after "---"');
  return second === undefined ? document?.root : undefined;
}
