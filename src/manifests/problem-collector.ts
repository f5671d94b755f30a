import { ResourceError, type ResourceProblem } from './resource.ts';

/** More would only scroll the first away, and take memory. */
const MAX_PROBLEMS = 1000;

/** Collects mistakes, up to a bound. */
export class ProblemCollector {
  readonly #problems: ResourceProblem[] = [];

  /** Throws `ResourceError` once there are too many. */
  add(problem: ResourceProblem): void {
    if (this.#problems.length >= MAX_PROBLEMS)
      throw new ResourceError([
        ...this.#problems,
        {
          origin: problem.origin,
          path: '',
          message: `there may be more than these ${MAX_PROBLEMS} mistakes`,
        },
      ]);
    this.#problems.push(problem);
  }

  /** Throws `ResourceError` if there is any. */
  throwIfAny(): void {
    if (this.#problems.length > 0) throw new ResourceError(this.#problems);
  }
}
