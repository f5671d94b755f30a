import type { SourceNode } from '../text/source-node.ts';
import { describeNode, quote } from '../text/source-node.ts';
import { suggestName } from '../text/suggest-name.ts';
import { CRITERIA, findCriterion } from './criteria.ts';
import type { CriterionTest, PolicyUse } from './criterion.ts';
import { LONGEST_EVALUATED_PATH, textCost } from './criterion-cost.ts';
import type { ProblemList } from './problem-list.ts';

/** A criterion as it stands in a policy. */
export interface CompiledCriterion {
  /** As the document writes it, such as `claim/department`. */
  readonly name: string;
  /** Where in the document it stands. */
  readonly path: string;
  readonly uses: PolicyUse | undefined;
  /** In units of `MAX_POLICY_COST`. */
  readonly cost: number;
  readonly test: CriterionTest;
}

const EXPECTED = 'expected a map of one criterion and its data, as in {user: alice}';

/** Compiles an item of an operator's list. Undefined if it is invalid, with the reasons in `problems`. */
export function compileCriterion(node: SourceNode, problems: ProblemList): CompiledCriterion | undefined {
  if (node.kind !== 'map') return problems.add(node, `${EXPECTED}, got ${describeNode(node)}`);
  const [entry, second] = node.entries;
  if (entry === undefined) return problems.add(node, `${EXPECTED}, got an empty map`);
  if (second !== undefined)
    return problems.add(second, `${EXPECTED}, got another: each criterion is a separate item`);
  const kind = findCriterion(entry.key);
  if (kind === undefined)
    return problems.add(entry, `unknown criterion ${quote(entry.key)}${suggestCriterion(entry.key)}`);
  const test = kind.compile(entry.value, problems, entry.key.slice(kind.name.length + 1));
  if (test === undefined) return undefined;
  const cost = kind.cost?.(entry.value) ?? textCost(entry.value, LONGEST_EVALUATED_PATH);
  return { name: entry.key, path: sharedPath(entry.path), uses: kind.uses, cost, test };
}

/** Thousands of policies have their criteria at the same few paths: share the strings. */
const sharedPaths = new Map<string, string>();
const MAX_SHARED_PATHS = 10_000;

function sharedPath(path: string): string {
  const known = sharedPaths.get(path);
  if (known === undefined && sharedPaths.size < MAX_SHARED_PATHS) sharedPaths.set(path, path);
  return known ?? path;
}

function suggestCriterion(key: string): string {
  const [name = '', ...rest] = key.split('/');
  const close = suggestName(name, CRITERIA.keys());
  const kinds = [...CRITERIA.values()];
  const meant = kinds.find(({ name, hasSubject }) => hasSubject && close.includes(`"${name}"`));
  if (meant && rest.length > 0) return `; did you mean "${meant.name}/${rest.join('/')}"?`;
  if (close !== '') return close;
  return `; expected one of ${kinds.map(({ name, hasSubject }) => (hasSubject ? `${name}/<name>` : name)).join(', ')}`;
}
