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

/** One criterion, and what it says of a request. */
export interface CriterionExplanation {
  /** As the document writes it, such as `claim/department`. */
  readonly name: string;
  /** Where in the document it stands, such as `[1].allow.or[0].user`. */
  readonly path: string;
  /** What the document compares with, as compact JSON; absent if the criterion needs none. */
  readonly data: string | undefined;
  /** Whether it holds. What `not` and `nor` make of that shows in the operator's value. */
  readonly value: boolean;
  readonly reason: PolicyReason;
}

/** One operator of a rule. */
export interface OperatorExplanation extends ActionVerdict {
  readonly action: PolicyAction;
  readonly operator: PolicyOperator;
  readonly criteria: readonly CriterionExplanation[];
}

/** One rule: its operators add up by *or*. */
export interface RuleExplanation extends PolicyVerdict {
  /** `[1]`, or empty if the whole document is one rule. */
  readonly path: string;
  readonly operators: readonly OperatorExplanation[];
}

/** A policy taken apart for one request; `allow` and `deny` are what `evaluate` says. */
export interface PolicyExplanation extends PolicyVerdict {
  /** Rules without any criterion are left out: they never match. */
  readonly rules: readonly RuleExplanation[];
}

/**
 * Says of each part of a policy what it makes of a request. Parts are evaluated as policies that consist of nothing else, so
 * that nothing here has an opinion of its own.
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

/** A criterion's path goes `[1].allow.or[0].user`, and without the index where the document is one rule. */
function rulePath({ criteria }: CompiledClause): string {
  const path = criteria[0]?.path ?? '';
  return ACTIONS.some((action) => path.startsWith(`${action}.`)) ? '' : path.slice(0, path.indexOf('.'));
}

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
