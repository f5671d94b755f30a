export interface PolicyProblem {
  /** Such as `[1].allow.or[0].user`. Empty for the document itself. */
  readonly path: string;
  /** Counted from 1. Absent if the policy is not text. */
  readonly line?: number;
  readonly column?: number;
  /** What was found and what was expected. */
  readonly message: string;
}

/** The document is not a valid policy. The only error that `compilePolicy` throws. */
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
