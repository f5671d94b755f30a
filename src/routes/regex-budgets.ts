import type { NamespaceNode } from '../accounts/namespace-tree.ts';
import { MAX_REGEX_COST, PathRegex } from './path-regex.ts';
import { estimateRegexCost, type RegexCost } from './regex-cost.ts';

/** Expressions that cost one unit together if only their beginning is compared. */
const BEGINNINGS_PER_UNIT = 256;

/** A segment at the beginning of expressions. */
class Segment {
  readonly below = new Map<string, Segment>();
  /** The cost of the expressions whose known beginning ends here. */
  cost = 0;
  /** The maximum cost for one path in the segments below. */
  costBelow = 0;
}

/**
 * The cost for one path of all expressions on the hosts of one namespace. Expressions that begin with other segments than
 * the path do not run. A repeated expression counts once.
 */
export class RegexBudget {
  readonly #patterns = new Set<string>();
  readonly #root = new Segment();

  /** Adds an expression, or returns why it exceeds the budget. */
  add(pattern: string, { cost, beginning }: Pick<RegexCost, 'cost' | 'beginning'>): string | undefined {
    if (this.#patterns.has(pattern)) return undefined;
    const line = [this.#root];
    let last = this.#root;
    for (const name of wholeSegments(beginning)) {
      last = last.below.get(name) ?? addSegment(last, name);
      line.push(last);
    }
    let sum = Math.ceil(this.#patterns.size / BEGINNINGS_PER_UNIT) + last.costBelow + cost;
    for (const segment of line) sum += segment.cost;
    if (sum > MAX_REGEX_COST)
      return `expected regular expressions of a cost of at most ${MAX_REGEX_COST} in all for one path on the hosts of a namespace, got ${sum} with this one of ${cost}`;
    this.#patterns.add(pattern);
    last.cost += cost;
    for (let child = line.pop(); child; child = line.pop()) {
      const parent = line.at(-1);
      if (parent) parent.costBelow = Math.max(parent.costBelow, child.cost + child.costBelow);
    }
    return undefined;
  }
}

/** For `/api/v1/us`, `api` and `v1`. */
function wholeSegments(beginning: string): string[] {
  return beginning.split('/').slice(1, -1);
}

function addSegment(parent: Segment, name: string): Segment {
  const segment = new Segment();
  parent.below.set(name, segment);
  return segment;
}

/** An expression, or why it is unusable. */
export type CompiledRegex = PathRegex | { readonly problem: string };
/** By their text. */
export type CompiledRegexes = ReadonlyMap<string, CompiledRegex>;

/** Compiles expressions in their order, within the budget of each host owner. Compiles no expression twice. */
export class RegexBudgets {
  readonly #known: CompiledRegexes;
  readonly #budgets = new Map<NamespaceNode, RegexBudget>();
  readonly #compiled = new Map<string, CompiledRegex>();

  /** @param known expressions that were compiled before */
  constructor(known: CompiledRegexes) {
    this.#known = known;
  }

  get compiled(): CompiledRegexes {
    return this.#compiled;
  }

  admit(owner: NamespaceNode, pattern: string): CompiledRegex {
    const known = this.#compiled.get(pattern) ?? this.#known.get(pattern);
    const budget = this.#budgets.get(owner) ?? new RegexBudget();
    this.#budgets.set(owner, budget);
    const excess = budget.add(pattern, known instanceof PathRegex ? known : estimateRegexCost(pattern));
    if (excess !== undefined) return { problem: excess };
    const regex = known ?? PathRegex.compile(pattern);
    this.#compiled.set(pattern, regex);
    return regex;
  }
}
