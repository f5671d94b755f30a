import type { Placed } from '../text/source-node.ts';
import { TextLines } from '../text/text-lines.ts';
import { PolicyError, type PolicyProblem } from './policy-error.ts';

/** More would only scroll the first away. */
const MAX_PROBLEMS = 100;

/** The problems found in one document, so that all are reported at once. */
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

  add(at: Placed, message: string): void {
    if (this.#problems.length >= MAX_PROBLEMS) return;
    const place = at.offset === undefined ? undefined : this.#lines?.at(at.offset);
    this.#problems.push({ path: at.path, ...place, message });
  }

  /** @throws PolicyError where there is any problem. */
  throwIfAny(): void {
    if (this.found) throw new PolicyError(this.#problems);
  }
}
