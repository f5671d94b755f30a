import { plainValue, type SourceEntry, type SourceNode } from '../text/source-node.ts';
import type { CompiledCriterion } from './compile-criterion.ts';
import {
  ACTIONS,
  type CompiledClause,
  CompiledPolicy,
  type PolicyAction,
  type PolicyOperator,
} from './compiled-policy.ts';
import type { LoadedPolicy } from './evaluate-policies.ts';
import type { PolicyInput } from './policy-input.ts';
import type { PolicyReason } from './policy-reason-schema.ts';
import { ProblemList } from './problem-list.ts';
import { readPolicy } from './read-policy-value.ts';
import type { ActionVerdict, PolicyVerdict } from './verdict-accumulator.ts';

/** One criterion and its result for a request. */
export interface CriterionExplanation {
  /** As the document writes it, such as `claim/department`. */
  readonly name: string;
  /** Its path in the document, such as `[1].allow.or[0].user`. */
  readonly path: string;
  /** The criterion's data as compact JSON. Undefined if it has none. */
  readonly data: string | undefined;
  /** Whether the criterion holds, before `not` or `nor` is applied. */
  readonly value: boolean;
  readonly reason: PolicyReason;
}

export interface OperatorExplanation extends ActionVerdict {
  readonly action: PolicyAction;
  readonly operator: PolicyOperator;
  readonly criteria: readonly CriterionExplanation[];
}

/** One rule. It holds if one of its operators holds. */
export interface RuleExplanation extends PolicyVerdict {
  /** Such as `[1]`. Empty if the whole document is one rule. */
  readonly path: string;
  readonly operators: readonly OperatorExplanation[];
}

/** The result of each part of a policy. `allow` and `deny` are the results of `evaluate`. */
export interface PolicyExplanation extends PolicyVerdict {
  /** Without rules that have no criteria, which never match. */
  readonly rules: readonly RuleExplanation[];
}

/**
 * Explains the result of each part of a policy for a request. Evaluates each part as a policy of its own, so that the
 * explanation cannot differ from the evaluation.
 */
export function explainPolicy({ policy, compiled }: LoadedPolicy, input: PolicyInput): PolicyExplanation {
  const dataAt = readCriterionData(policy.ppl);
  const rules = [...groupByRule(compiled.clauses)].map(
    ([path, clauses]): RuleExplanation => ({
      path,
      ...new CompiledPolicy(clauses).evaluate(input),
      operators: clauses.map((clause) => explainClause(clause, dataAt, input)),
    }),
  );
  return { ...compiled.evaluate(input), rules };
}

function explainClause(
  clause: CompiledClause,
  dataAt: ReadonlyMap<string, string>,
  input: PolicyInput,
): OperatorExplanation {
  const { action, operator, criteria } = clause;
  return {
    action,
    operator,
    ...new CompiledPolicy([clause]).evaluate(input)[action],
    criteria: criteria.map((criterion) => explainCriterion(criterion, dataAt, input)),
  };
}

function explainCriterion(
  criterion: CompiledCriterion,
  dataAt: ReadonlyMap<string, string>,
  input: PolicyInput,
): CriterionExplanation {
  const { name, path } = criterion;
  const alone = new CompiledPolicy([{ action: 'allow', operator: 'or', criteria: [criterion] }]);
  const { value, reasons } = alone.evaluate(input).allow;
  const [reason] = reasons;
  if (reason === undefined) throw new Error(`criterion ${path} gives no reason`);
  return { name, path, data: dataAt.get(path), value, reason };
}

/** In the document's order. */
function groupByRule(clauses: readonly CompiledClause[]): Map<string, CompiledClause[]> {
  const rules = new Map<string, CompiledClause[]>();
  for (const clause of clauses) {
    const path = rulePath(clause);
    const rule = rules.get(path);
    if (rule) rule.push(clause);
    else rules.set(path, [clause]);
  }
  return rules;
}

/** The path of a criterion is `[1].allow.or[0].user`, without the index if the document is one rule. */
function rulePath({ criteria }: CompiledClause): string {
  const path = criteria[0]?.path ?? '';
  return ACTIONS.some((action) => path.startsWith(`${action}.`)) ? '' : path.slice(0, path.indexOf('.'));
}

/** Characters of data that are shown. */
const MAX_LENGTH = 200;

/** The data of every entry in a policy, as compact JSON, by path. */
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
