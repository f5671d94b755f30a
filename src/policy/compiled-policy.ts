import type { CompiledCriterion } from './compile-criterion.ts';
import type { CriterionTest, PolicyUse } from './criterion.ts';
import { COST_PER_POLICY } from './criterion-cost.ts';
import type { PolicyInput } from './policy-input.ts';
import { ReasonSet } from './reason-set.ts';
import { type PolicyVerdict, VerdictAccumulator } from './verdict-accumulator.ts';

export const ACTIONS = ['allow', 'deny'] as const;
export type PolicyAction = (typeof ACTIONS)[number];

export const OPERATORS = ['and', 'or', 'not', 'nor'] as const;
export type PolicyOperator = (typeof OPERATORS)[number];

/** One operator of a rule with at least one criterion. */
export interface CompiledClause {
  readonly action: PolicyAction;
  readonly operator: PolicyOperator;
  readonly criteria: readonly CompiledCriterion[];
}

/** The cost of all criteria, in units of `MAX_POLICY_COST`. */
export function costOf(clauses: readonly CompiledClause[]): number {
  let cost = 0;
  for (const { criteria } of clauses) for (const criterion of criteria) cost += criterion.cost;
  return cost;
}

/** A policy that is ready to evaluate. It keeps no state between requests. */
export class CompiledPolicy {
  /** In the document's order. */
  readonly clauses: readonly CompiledClause[];
  /**
   * Which parts of a request the policy reads. An ambiguous path matters only if the policy reads the path. A policy that
   * reads the client certificate needs a configured CA.
   */
  readonly uses: Readonly<Record<PolicyUse, boolean>>;
  readonly #allow: readonly Clause[];
  readonly #deny: readonly Clause[];

  constructor(clauses: readonly CompiledClause[]) {
    this.clauses = clauses;
    const used = new Set(clauses.flatMap((clause) => clause.criteria.map((criterion) => criterion.uses)));
    this.uses = {
      path: used.has('path'),
      clientCertificate: used.has('clientCertificate'),
      sourceIp: used.has('sourceIp'),
      time: used.has('time'),
    };
    this.#allow = clauses.filter((clause) => clause.action === 'allow').map((clause) => new Clause(clause));
    this.#deny = clauses.filter((clause) => clause.action === 'deny').map((clause) => new Clause(clause));
  }

  /** The cost of one evaluation, in units of `MAX_POLICY_COST`. */
  get cost(): number {
    return COST_PER_POLICY + costOf(this.clauses);
  }

  /** Evaluates this policy alone. */
  evaluate(input: PolicyInput): PolicyVerdict {
    const accumulator = new VerdictAccumulator();
    this.addVerdict(input, accumulator);
    return accumulator.verdict();
  }

  /** Adds the verdict of this policy to those of others. */
  addVerdict(input: PolicyInput, verdict: VerdictAccumulator): void {
    for (const clause of this.#allow) clause.evaluate(input, verdict.allowHeld, verdict.allowFailed);
    for (const clause of this.#deny) clause.evaluate(input, verdict.denyHeld, verdict.denyFailed);
  }
}

/** Reasons of the current clause. Shared by all clauses to avoid allocations. */
const holding = new ReasonSet();
const failing = new ReasonSet();

class Clause {
  readonly #tests: readonly CriterionTest[];
  /** `and` and `not` need all criteria, `or` and `nor` one. */
  readonly #wantsAll: boolean;
  /** The value that a criterion must have: false for `not` and `nor`. */
  readonly #wanted: boolean;

  constructor({ operator, criteria }: CompiledClause) {
    this.#tests = criteria.map((criterion) => criterion.test);
    this.#wantsAll = operator === 'and' || operator === 'not';
    this.#wanted = operator === 'and' || operator === 'or';
  }

  /** Adds the reasons to `held` if the clause holds, and otherwise to `failed`. */
  evaluate(input: PolicyInput, held: ReasonSet, failed: ReasonSet): void {
    holding.clear();
    failing.clear();
    for (const test of this.#tests) {
      const reason = test(input);
      if (reason.holds === this.#wanted) holding.add(reason);
      else failing.add(reason);
    }
    const holds = this.#wantsAll ? failing.isEmpty : !holding.isEmpty;
    if (holds) held.addAll(holding);
    else failed.addAll(failing);
  }
}
