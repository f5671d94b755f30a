import type { CompiledCriterion } from './compile-criterion.ts';
import { type CriterionTest, HOLDING, type PolicyUse } from './criterion.ts';
import { COST_PER_POLICY } from './criterion-cost.ts';
import type { PolicyProblem } from './policy-error.ts';
import type { PolicyInput } from './policy-input.ts';
import { NO_REASONS, type ReasonSet } from './reason-set.ts';
import { type PolicyVerdict, Tally } from './tally.ts';

export const ACTIONS = ['allow', 'deny'] as const;
export type PolicyAction = (typeof ACTIONS)[number];

export const OPERATORS = ['and', 'or', 'not', 'nor'] as const;
export type PolicyOperator = (typeof OPERATORS)[number];

/** One operator of a rule with its criteria, at least one. */
export interface CompiledClause {
  readonly action: PolicyAction;
  readonly operator: PolicyOperator;
  readonly criteria: readonly CompiledCriterion[];
  /** Of all criteria, in units of `MAX_POLICY_COST`. */
  readonly cost: number;
}

export function costOf(clauses: readonly CompiledClause[]): number {
  let cost = 0;
  for (const clause of clauses) cost += clause.cost;
  return cost;
}

/** A policy that is ready to judge requests. It keeps nothing of any. */
export class CompiledPolicy {
  /** What the policy consists of, in the document's order. */
  readonly clauses: readonly CompiledClause[];
  /**
   * What of a request it looks at. A path that two servers may read differently matters only to a policy that uses
   * it; one that uses the client certificate needs a configured CA.
   */
  readonly uses: Readonly<Record<PolicyUse, boolean>>;
  /** What Pomerium takes without a word, though it is hardly what the author meant; for `policy lint`. */
  readonly warnings: readonly PolicyProblem[];
  readonly #allow: readonly Clause[];
  readonly #deny: readonly Clause[];

  constructor(clauses: readonly CompiledClause[], warnings: readonly PolicyProblem[] = []) {
    this.clauses = clauses;
    this.warnings = warnings;
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

  /** Of a Check that it judges, in units of `MAX_POLICY_COST`. */
  get cost(): number {
    return COST_PER_POLICY + costOf(this.clauses);
  }

  /** What this policy alone says. */
  evaluate(input: PolicyInput): PolicyVerdict {
    const tally = new Tally();
    this.weigh(input, tally);
    return tally.verdict();
  }

  /** Adds what this policy says to what others said. */
  weigh(input: PolicyInput, tally: Tally): void {
    for (const clause of this.#allow) {
      const held = clause.evaluate(input);
      tally.allowHeld |= held;
      tally.allowFailed |= clause.failed;
    }
    for (const clause of this.#deny) {
      const held = clause.evaluate(input);
      tally.denyHeld |= held;
      tally.denyFailed |= clause.failed;
    }
  }
}

class Clause {
  readonly #tests: readonly CriterionTest[];
  /** `and` and `not` want all, `or` and `nor` one. */
  readonly #all: boolean;
  /** Reasons with which a criterion counts as held: for `not` and `nor` those with which it does not hold. */
  readonly #holding: ReasonSet;
  /** Reasons of the last evaluation, where the clause did not hold. */
  failed: ReasonSet = NO_REASONS;

  constructor({ operator, criteria }: CompiledClause) {
    this.#tests = criteria.map((criterion) => criterion.test);
    this.#all = operator === 'and' || operator === 'not';
    this.#holding = operator === 'and' || operator === 'or' ? HOLDING : ~HOLDING;
  }

  /** The reasons with which the clause holds, or none and those why not in `failed`. */
  evaluate(input: PolicyInput): ReasonSet {
    let held = NO_REASONS;
    let failed = NO_REASONS;
    for (const test of this.#tests) {
      const reason = test(input);
      if ((reason & this.#holding) !== 0) held |= reason;
      else failed |= reason;
    }
    const holds = this.#all ? failed === NO_REASONS : held !== NO_REASONS;
    this.failed = holds ? NO_REASONS : failed;
    return holds ? held : NO_REASONS;
  }
}
