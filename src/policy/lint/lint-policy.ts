import type { SourceEntry, SourceNode } from '../../text/source-node.ts';
import { compilePolicy } from '../compile-policy.ts';
import { findCriterion } from '../criteria.ts';
import type { CriterionKind } from '../criterion.ts';
import { IGNORED } from '../criterion-data.ts';
import { PolicyError, type PolicyProblem } from '../policy-error.ts';
import { ProblemList } from '../problem-list.ts';
import { readPolicy } from '../read-policy-value.ts';
import { CriterionNotes } from './criterion-notes.ts';

export interface PolicyLint {
  /** Why the document is not a policy. */
  readonly errors: readonly PolicyProblem[];
  /** What the author probably did not intend, or what differs in Pomerium. Empty if there are errors. */
  readonly warnings: readonly PolicyProblem[];
}

/** Checks a PPL document: text, or its parsed value. */
export function lintPolicy(source: unknown): PolicyLint {
  try {
    compilePolicy(source);
  } catch (error) {
    if (error instanceof PolicyError) return { errors: error.problems, warnings: [] };
    throw error;
  }
  const warnings = new ProblemList(typeof source === 'string' ? source : undefined);
  const root = readPolicy(source, warnings);
  if (root !== undefined) lintDocument(root, warnings);
  return { errors: [], warnings: warnings.all };
}

function lintDocument(root: SourceNode, warnings: ProblemList): void {
  const rules = root.kind === 'list' ? root.items : [root];
  if (rules.length === 0) warnings.add(root, 'says nothing: it has no rule');
  for (const rule of rules) {
    const actions = entriesOf(rule);
    if (actions.length === 0) warnings.add(rule, 'says nothing: it has neither allow nor deny');
    for (const action of actions) {
      const operators = entriesOf(action.value);
      if (operators.length === 0) warnings.add(action, 'never applies: it has no operator');
      for (const operator of operators) lintClause(action.key, operator, warnings);
    }
  }
}

function entriesOf(node: SourceNode): readonly SourceEntry[] {
  return node.kind === 'map' ? node.entries : [];
}

function lintClause(action: string, operator: SourceEntry, warnings: ProblemList): void {
  const criteria = criteriaOf(operator.value);
  if (criteria.length === 0) {
    warnings.add(operator, 'never holds: the list is empty');
    return;
  }
  const linted = criteria.map((criterion) => ({ criterion, notes: lintCriterion(criterion) }));
  const dead = linted.filter(({ criterion, notes }) => notes.holdsNever || criterion.kind.neverHolds);
  const isDead =
    operator.key === 'and' ? dead.length > 0 : operator.key === 'or' && dead.length === linted.length;
  const consequence = `; so ${action}.${operator.key} never applies`;
  for (const { notes } of linted)
    for (const { at, message, outcome } of notes.notes)
      warnings.add(at, isDead && outcome === 'never' ? `${message}${consequence}` : message);
  if (operator.key !== 'and' || isDead) return;
  for (const name of findContradictions(criteria))
    warnings.add(operator, `never holds: its criteria on ${name} exclude each other${consequence}`);
}

function criteriaOf(list: SourceNode): WrittenCriterion[] {
  return (list.kind === 'list' ? list.items : []).flatMap((item) =>
    entriesOf(item).flatMap(({ key, value }) => {
      const kind = findCriterion(key);
      return kind === undefined ? [] : [{ kind, name: key, data: value }];
    }),
  );
}

function lintCriterion({ kind, name, data }: WrittenCriterion): CriterionNotes {
  const notes = new CriterionNotes();
  kind.lint?.(data, notes);
  const isOff = data.kind === 'scalar' && (data.value === false || data.value === 0);
  if (kind.data === IGNORED && isOff)
    notes.warn(data, `the value of ${name} is ignored: it means the same as ${name}: true`);
  return notes;
}

/** A criterion in a document. */
interface WrittenCriterion {
  readonly kind: CriterionKind;
  /** Such as `claim/department`. */
  readonly name: string;
  readonly data: SourceNode;
}

/** The names of criteria that occur several times and cannot all hold. */
function findContradictions(criteria: readonly WrittenCriterion[]): string[] {
  const groups = new Map<string, WrittenCriterion[]>();
  for (const criterion of criteria) {
    const group = groups.get(criterion.name);
    if (group) group.push(criterion);
    else groups.set(criterion.name, [criterion]);
  }
  return [...groups].flatMap(([name, group]) => (group.length > 1 && cannotAllHold(group) ? [name] : []));
}

function cannotAllHold(group: readonly WrittenCriterion[]): boolean {
  const data = group.map((criterion) => criterion.data);
  return group[0]?.kind.data.exclude?.(data) === true;
}
