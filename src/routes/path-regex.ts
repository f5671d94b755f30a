import { RE2JS } from 're2js';
import { estimateRegexCost, LONGEST_PATH, type RegexCost } from './regex-cost.ts';

/**
 * The maximum cost of all regular expressions that one request is matched against. Times the longest path, it is 131,072
 * steps of a matcher, or 2 ms at 15 ns each (measured: 7 to 14 ns).
 */
export const MAX_REGEX_COST = 256;
/** Instructions of one expression. Compiling takes about 1 µs for each. */
const MAX_INSTRUCTIONS = 1000;
/** Character ranges of one expression. Compiling takes about 0.02 µs for each. */
const MAX_RANGES = 50_000;

/** A regular expression that is matched against whole paths. */
export class PathRegex {
  /** In units of `MAX_REGEX_COST`. */
  readonly cost: number;
  /** The text with which every match begins. */
  readonly beginning: string;
  readonly #expression: RE2JS;

  private constructor(expression: RE2JS, { cost, beginning }: RegexCost) {
    this.#expression = expression;
    this.cost = cost;
    this.beginning = beginning;
  }

  /** Takes at most a few milliseconds for any text. */
  static compile(pattern: string): PathRegex | { readonly problem: string } {
    const estimate = estimateRegexCost(pattern);
    const problem = sizeProblem(estimate);
    if (problem !== undefined) return { problem };
    try {
      return new PathRegex(RE2JS.compile(pattern), estimate);
    } catch (error) {
      const why = error instanceof Error ? error.message : 'it does not compile';
      return { problem: `expected a regular expression in RE2 syntax: ${why}` };
    }
  }

  /** @param path of at most `LONGEST_PATH` characters */
  matches(path: string): boolean {
    if (!path.startsWith(this.beginning)) return false;
    if (path.length > LONGEST_PATH) throw new RangeError('the path is too long to be matched');
    // A matcher runs each instruction once per character. `RE2JS.matches` builds an automaton of up to 8 MiB per
    // expression instead, and takes several times as long for each state that a path adds to it.
    return this.#expression.matcher(path).matches();
  }
}

/** Why an expression is too large to compile. */
function sizeProblem({ cost, instructions, ranges }: RegexCost): string | undefined {
  if (cost > MAX_REGEX_COST)
    return `expected a regular expression of a cost of at most ${MAX_REGEX_COST}, got one of ${cost}`;
  if (instructions > MAX_INSTRUCTIONS)
    return `expected a regular expression of at most ${MAX_INSTRUCTIONS} instructions, got one of up to ${instructions}`;
  if (ranges > MAX_RANGES)
    return `expected a regular expression of at most ${MAX_RANGES} character ranges, got one of up to ${ranges}`;
  return undefined;
}
