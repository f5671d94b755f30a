import { RE2JS } from 're2js';
import { estimateRegexCost, LONGEST_PATH } from './regex-cost.ts';

/**
 * The cost of all regular expressions on the hosts of one namespace, at most: times the longest path that is 131,072
 * steps of a matcher, 2 ms at 15 ns each (measured: 7 to 14 ns).
 */
export const MAX_REGEX_COST = 256;
/** Of one expression. Compiling it takes about 1 µs for each. */
const MAX_INSTRUCTIONS = 1000;
/** Of one expression. Compiling it takes about 0.02 µs for each. */
const MAX_RANGES = 50_000;

/** A regular expression that is matched against whole paths. */
export class PathRegex {
  /** Of `MAX_REGEX_COST`. */
  readonly cost: number;
  readonly #expression: RE2JS;
  /** A route may be on several host patterns of one request, which all ask the same. */
  #lastPath: string | undefined;
  #lastMatched = false;

  private constructor(expression: RE2JS, cost: number) {
    this.#expression = expression;
    this.cost = cost;
  }

  static costOf(pattern: string): number {
    return estimateRegexCost(pattern).cost;
  }

  /** Why an expression is too large to be compiled, whatever else there is; undefined where it is not. */
  static sizeProblem(pattern: string): string | undefined {
    const { instructions, ranges, cost } = estimateRegexCost(pattern);
    if (cost > MAX_REGEX_COST)
      return `expected a regular expression of a cost of at most ${MAX_REGEX_COST}, got one of ${cost}`;
    if (instructions > MAX_INSTRUCTIONS)
      return `expected a regular expression of at most ${MAX_INSTRUCTIONS} instructions, got one of up to ${instructions}`;
    if (ranges > MAX_RANGES)
      return `expected a regular expression of at most ${MAX_RANGES} character ranges, got one of up to ${ranges}`;
    return undefined;
  }

  /** Takes a few milliseconds at most, whatever the text. */
  static compile(pattern: string): PathRegex | { readonly problem: string } {
    const problem = PathRegex.sizeProblem(pattern);
    if (problem !== undefined) return { problem };
    try {
      return new PathRegex(RE2JS.compile(pattern), PathRegex.costOf(pattern));
    } catch (error) {
      const why = error instanceof Error ? error.message : 'it does not compile';
      return { problem: `expected a regular expression in RE2 syntax: ${why}` };
    }
  }

  /** @param path of at most `LONGEST_PATH` characters */
  matches(path: string): boolean {
    if (path === this.#lastPath) return this.#lastMatched;
    if (path.length > LONGEST_PATH) throw new RangeError('the path is too long to be matched');
    // A matcher looks at each instruction once for each character. `RE2JS.matches` builds an automaton instead, of up to
    // 8 MiB for each expression, and takes several times as long for each state that a path adds to it.
    this.#lastMatched = this.#expression.matcher(path).matches();
    this.#lastPath = path;
    return this.#lastMatched;
  }
}
