/** One problem in a policy. */
export interface PolicyProblem {
  /** Where it is, as `[1].allow.or[0].user`; empty for the document itself. */
  readonly path: string;
  /** Counted from 1; absent if the policy did not come as text. */
  readonly line?: number;
  readonly column?: number;
  /** What was found and what was expected. */
  readonly message: string;
}

/** A document that is no policy: the only error that `compilePolicy` throws. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
  /** Never empty. */
  readonly problems: readonly PolicyProblem[];

  constructor(problems: readonly PolicyProblem[]) {
    super(problems.map(describeProblem).join('\n'));
    this.problems = problems;
  }
}

function describeProblem({ path, line, column, message }: PolicyProblem): string {
  const place = line === undefined ? '' : `line ${line}, column ${column}: `;
  return `${place}${path === '' ? '' : `${path}: `}${message}`;
}
