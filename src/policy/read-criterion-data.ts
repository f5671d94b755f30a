import type { SourceEntry, SourceNode } from '../text/source-node.ts';
import { plainValue } from '../text/source-node.ts';
import { ProblemList } from './problem-list.ts';
import { readPolicy } from './read-policy-value.ts';

/** Longer data (a list of a thousand addresses) is cut: it is shown to people. */
const MAX_LENGTH = 200;

/** The data of everything in a policy's document, as compact JSON, by its path; for showing to people. */
export function readCriterionData(source: unknown): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const root = readPolicy(source, new ProblemList(undefined));
  if (root !== undefined) collect(root, found);
  return found;
}

function collect(node: SourceNode, found: Map<string, string>): void {
  if (node.kind === 'list') for (const item of node.items) collect(item, found);
  if (node.kind === 'map') for (const entry of node.entries) collectEntry(entry, found);
}

function collectEntry({ path, value }: SourceEntry, found: Map<string, string>): void {
  if (!(value.kind === 'scalar' && value.value === null)) {
    const json = JSON.stringify(plainValue(value));
    found.set(path, json.length > MAX_LENGTH ? `${json.slice(0, MAX_LENGTH)}…` : json);
  }
  collect(value, found);
}
