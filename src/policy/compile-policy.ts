import { describeNode, plainValue, type SourceEntry, type SourceNode } from '../text/source-node.ts';
import { suggestName } from '../text/suggest-name.ts';
import { compileCriterion } from './compile-criterion.ts';
import {
  ACTIONS,
  type CompiledClause,
  CompiledPolicy,
  costOf,
  OPERATORS,
  type PolicyAction,
} from './compiled-policy.ts';
import { MAX_POLICY_COST } from './criterion-cost.ts';
import { ProblemList } from './problem-list.ts';
import { readPolicyText } from './read-policy-text.ts';
import { readPolicy, readPolicyValue } from './read-policy-value.ts';

/**
 * Compiles a PPL document: YAML or JSON text, or the value that such text holds.
 *
 * @throws PolicyError with every problem found, and no other error.
 */
export function compilePolicy(source: unknown): CompiledPolicy {
  const text = typeof source === 'string' ? source : undefined;
  const canonical = text === undefined ? undefined : parseCanonicalJson(text);
  if (canonical !== undefined) {
    const problems = new ProblemList(text);
    const clauses = compileDocument(readPolicyValue(canonical, problems), problems);
    if (!problems.found) return new CompiledPolicy(clauses);
    // Read the text again as YAML, which gives lines and columns.
  }
  const problems = new ProblemList(text);
  const clauses = compileDocument(readPolicy(source, problems), problems);
  problems.throwIfAny();
  return new CompiledPolicy(clauses);
}

/**
 * The value of JSON text that equals its own serialization, so that parsing lost nothing, such as a repeated key.
 * Undefined for other text. Twenty times faster than YAML.
 */
function parseCanonicalJson(text: string): unknown {
  if (text[0] !== '{' && text[0] !== '[') return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return JSON.stringify(value) === text ? value : undefined;
  } catch {
    return undefined;
  }
}

function compileDocument(root: SourceNode | undefined, problems: ProblemList): CompiledClause[] {
  if (root === undefined) return [];
  const rules = root.kind === 'list' ? root.items : [root];
  const clauses = rules.flatMap((rule) => compileRule(rule, problems));
  const cost = costOf(clauses);
  if (cost > MAX_POLICY_COST)
    problems.add(root, `expected criteria of a cost of at most ${MAX_POLICY_COST} in all, got ${cost}`);
  return clauses;
}

function compileRule(node: SourceNode, problems: ProblemList): CompiledClause[] {
  if (node.kind === 'map') return node.entries.flatMap((entry) => compileAction(entry, problems));
  const expected =
    node.path === '' ? 'a rule with allow or deny, or a list of rules' : 'a rule with allow or deny';
  problems.add(node, `expected ${expected}, got ${describeNode(node)}`);
  return [];
}

function compileAction(entry: SourceEntry, problems: ProblemList): CompiledClause[] {
  const action = ACTIONS.find((name) => name === entry.key);
  if (action === undefined) {
    problems.add(entry, `expected allow or deny${suggestName(entry.key, ACTIONS)}`);
    return [];
  }
  if (entry.value.kind === 'map')
    return entry.value.entries.flatMap((operator) => compileOperator(action, operator, problems));
  problems.add(entry.value, `expected a map of ${OPERATORS.join(', ')}, got ${describeNode(entry.value)}`);
  return [];
}

function compileOperator(action: PolicyAction, entry: SourceEntry, problems: ProblemList): CompiledClause[] {
  const operator = OPERATORS.find((name) => name === entry.key);
  if (operator === undefined) {
    problems.add(entry, `expected one of ${OPERATORS.join(', ')}${suggestName(entry.key, OPERATORS)}`);
    return [];
  }
  if (entry.value.kind !== 'list') {
    problems.add(entry.value, `expected a list of criteria, got ${describeNode(entry.value)}`);
    return [];
  }
  const criteria = entry.value.items
    .map((item) => compileCriterion(item, problems))
    .filter((criterion) => criterion !== undefined);
  // An empty list never matches and gives no reason, whatever the operator.
  if (criteria.length === 0) return [];
  return [{ action, operator, criteria }];
}

/**
 * Converts a PPL document to equivalent JSON, which compiles twenty times faster than YAML.
 *
 * @throws PolicyError if the text is not a policy.
 */
export function canonicalPolicy(text: string): string {
  compilePolicy(text);
  const root = readPolicyText(text, new ProblemList(text));
  if (root === undefined) throw new Error('a policy compiled but could not be read');
  return JSON.stringify(plainValue(root));
}
