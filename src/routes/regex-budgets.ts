import type { NamespaceNode } from '../accounts/namespace-tree.ts';
import { MAX_REGEX_COST, PathRegex } from './path-regex.ts';

/** What the expressions on the hosts of one namespace cost together; the same one counts once, wherever it stands. */
export class RegexBudget {
  readonly #patterns = new Set<string>();
  #sum = 0;

  /** Adds an expression where there is room for it; else says why there is none. */
  add(pattern: string, cost: number): string | undefined {
    if (this.#patterns.has(pattern)) return undefined;
    const sum = this.#sum + cost;
    if (sum > MAX_REGEX_COST)
      return `expected regular expressions of a cost of at most ${MAX_REGEX_COST} in all on the hosts of one namespace, got ${sum} with this one of ${cost}`;
    this.#patterns.add(pattern);
    this.#sum = sum;
    return undefined;
  }
}

/** Compiles what each holder of hosts has room for, in the order in which it comes, and nothing twice. */
export class RegexBudgets {
  /** By pattern, compiled before. */
  readonly #known: ReadonlyMap<string, PathRegex>;
  readonly #budgets = new Map<NamespaceNode, RegexBudget>();
  readonly #admitted = new Map<string, PathRegex>();

  constructor(known: ReadonlyMap<string, PathRegex>) {
    this.#known = known;
  }

  /** By pattern. */
  get admitted(): ReadonlyMap<string, PathRegex> {
    return this.#admitted;
  }

  admit(holder: NamespaceNode, pattern: string): PathRegex | { readonly problem: string } {
    const known = this.#admitted.get(pattern) ?? this.#known.get(pattern);
    const oversize = known ? undefined : PathRegex.sizeProblem(pattern);
    if (oversize !== undefined) return { problem: oversize };
    const budget = this.#budgets.get(holder) ?? new RegexBudget();
    this.#budgets.set(holder, budget);
    const excess = budget.add(pattern, known?.cost ?? PathRegex.costOf(pattern));
    if (excess !== undefined) return { problem: excess };
    const regex = known ?? PathRegex.compile(pattern);
    if (regex instanceof PathRegex) this.#admitted.set(pattern, regex);
    return regex;
  }
}
