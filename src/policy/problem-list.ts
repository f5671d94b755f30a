import { PolicyError, type PolicyProblem } from './policy-error.ts';

/** More would only scroll the first away. */
const MAX_PROBLEMS = 100;

interface Place {
  readonly path: string;
  readonly offset: number | undefined;
}

/** The mistakes found in one document, so that all are reported at once. */
export class ProblemList {
  readonly #problems: PolicyProblem[] = [];
  readonly #warnings: PolicyProblem[] = [];
  readonly #text: string | undefined;

  constructor(text: string | undefined) {
    this.#text = text;
  }

  get found(): boolean {
    return this.#problems.length > 0;
  }

  get warnings(): readonly PolicyProblem[] {
    return this.#warnings;
  }

  add(at: Place, message: string): void {
    this.#push(this.#problems, at, message);
  }

  /** What is no mistake to Pomerium, though hardly what the author meant. */
  warn(at: Place, message: string): void {
    this.#push(this.#warnings, at, message);
  }

  #push(list: PolicyProblem[], at: Place, message: string): void {
    if (list.length >= MAX_PROBLEMS) return;
    const place = this.#text !== undefined && at.offset !== undefined ? locate(this.#text, at.offset) : {};
    list.push({ path: at.path, ...place, message });
  }

  /** @throws PolicyError where there is any mistake. */
  throwIfAny(): void {
    if (this.found) throw new PolicyError(this.#problems);
  }
}

function locate(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
}
