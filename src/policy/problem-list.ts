import type { Placed } from '../text/source-node.ts';
import { TextLines } from '../text/text-lines.ts';
import { PolicyError, type PolicyProblem } from './policy-error.ts';

/** Problems reported for one document. */
const MAX_PROBLEMS = 100;

/** Collects the problems of one document, to report all at once. */
export class ProblemList {
  readonly #problems: PolicyProblem[] = [];
  readonly #lines: TextLines | undefined;

  constructor(text: string | undefined) {
    this.#lines = text === undefined ? undefined : new TextLines(text);
  }

  get found(): boolean {
    return this.#problems.length > 0;
  }

  get all(): readonly PolicyProblem[] {
    return this.#problems;
  }

  /** Returns undefined, which readers return for invalid data. */
  add(at: Placed, message: string): undefined {
    if (this.#problems.length >= MAX_PROBLEMS) return;
    const place = at.offset === undefined ? undefined : this.#lines?.at(at.offset);
    this.#problems.push({ path: at.path, ...place, message });
  }

  /** @throws PolicyError if there is a problem. */
  throwIfAny(): void {
    if (this.found) throw new PolicyError(this.#problems);
  }
}
