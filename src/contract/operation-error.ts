/** Why an operation was not carried out; closed, and stable where `detail` may change. */
export const OPERATION_CODES = [
  'invalid',
  'unauthenticated',
  'forbidden',
  'not-found',
  'method-not-allowed',
  'conflict',
  'precondition-failed',
  'precondition-required',
  'too-large',
  'unsupported-media-type',
  'unprocessable',
  'too-many-requests',
  'unavailable',
] as const;
export type OperationCode = (typeof OPERATION_CODES)[number];

/** Where a problem is, and what was expected. */
export interface Issue {
  /** `body.ids.0` for a part of the input, `Route checkout: hosts` for a part of a resource. */
  readonly path: string;
  readonly message: string;
}

/**
 * An expected refusal of an operation: nothing was changed. Each edge has one table from `code` to its status or exit code.
 * What is thrown besides is a fault.
 */
export class OperationError extends Error {
  override readonly name: string = 'OperationError';
  readonly code: OperationCode;
  /** A sentence for a developer; the message has the issues, too. */
  readonly detail: string;
  readonly issues: readonly Issue[];
  /** Seconds after which a retry may succeed. */
  readonly retryAfter: number | undefined;
  constructor(
    code: OperationCode,
    detail: string,
    issues: readonly Issue[] = [],
    { retryAfter, cause }: { readonly retryAfter?: number; readonly cause?: unknown } = {},
  ) {
    super([detail, ...issues.map(formatIssue)].filter((line) => line !== '').join('\n'), { cause });
    this.code = code;
    this.detail = detail;
    this.issues = issues;
    this.retryAfter = retryAfter;
  }
}

export function formatIssue({ path, message }: Issue): string {
  return path === '' ? message : `${path}: ${message}`;
}
