import { ResourceError, type ResourceProblem } from './resource.ts';

/** More would only scroll the first away, and take memory. */
const MAX_PROBLEMS = 1000;

export class ProblemCollector {
  readonly #problems: ResourceProblem[] = [];

  add(problem: ResourceProblem): void {
    if (this.#problems.length >= MAX_PROBLEMS)
      throw new ResourceError([
        ...this.#problems,
        {
          origin: problem.origin,
          path: '',
          message: `only the first ${MAX_PROBLEMS} problems are listed`,
        },
      ]);
    this.#problems.push(problem);
  }

  /** Throws `ResourceError` if there is any. */
  throwIfAny(): void {
    if (this.#problems.length > 0) throw new ResourceError(this.#problems);
  }
}
