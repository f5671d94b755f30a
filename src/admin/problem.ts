import { type Issue, type OperationCode, OperationError } from '../contract/operation-error.ts';
import { StoreFormatError, StoreUnavailable } from '../store/port.ts';
import { RecordFault } from '../store/record.ts';

/** Why a request was not done: an expected refusal, or a fault. */
export type ProblemCode = OperationCode | 'fault';

export const TITLES: Readonly<Record<ProblemCode, readonly [status: number, title: string]>> = {
  invalid: [400, 'Bad Request'],
  unauthenticated: [401, 'Unauthorized'],
  forbidden: [403, 'Forbidden'],
  'not-found': [404, 'Not Found'],
  'method-not-allowed': [405, 'Method Not Allowed'],
  conflict: [409, 'Conflict'],
  'precondition-failed': [412, 'Precondition Failed'],
  'too-large': [413, 'Content Too Large'],
  'unsupported-media-type': [415, 'Unsupported Media Type'],
  unprocessable: [422, 'Unprocessable Content'],
  'precondition-required': [428, 'Precondition Required'],
  'too-many-requests': [429, 'Too Many Requests'],
  fault: [500, 'Internal Server Error'],
  unavailable: [503, 'Service Unavailable'],
};

/** Problem details (RFC 9457), with a code that programs go by. */
export interface Problem {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly code: ProblemCode;
  readonly detail?: string;
  readonly errors?: readonly Issue[];
}

/** More would not help. */
export const MAX_ISSUES = 100;
/** A message may repeat what the client sent. */
const MAX_TEXT = 1000;

export function describeProblem(code: ProblemCode, detail?: string, errors: readonly Issue[] = []): Problem {
  const [status, title] = TITLES[code];
  const more = errors.length - MAX_ISSUES;
  const text = more > 0 ? `${detail ?? title} (${more} more issues are not listed)` : detail;
  return {
    type: 'about:blank',
    title,
    status,
    code,
    ...(text !== undefined && { detail: shorten(text) }),
    ...(errors.length > 0 && {
      errors: errors
        .slice(0, MAX_ISSUES)
        .map(({ path, message }) => ({ path: shorten(path), message: shorten(message) })),
    }),
  };
}

function shorten(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}

/** Maps an error to its answer. An unexpected error is a fault without detail. */
export function problemOf(error: unknown): Problem {
  if (error instanceof OperationError) return describeProblem(error.code, error.detail, error.issues);
  if (error instanceof StoreUnavailable || error instanceof StoreFormatError || error instanceof RecordFault)
    return describeProblem('unavailable', 'the store is unavailable');
  return ownRefusal(error) ?? describeProblem('fault');
}

/** Fastify's own errors carry a status: body too large, unsupported media type, invalid JSON. */
function ownRefusal(error: unknown): Problem | undefined {
  if (!(error instanceof Error) || !('statusCode' in error)) return undefined;
  switch (error.statusCode) {
    case 400:
      return describeProblem('invalid', 'the body is not readable');
    case 413:
      return describeProblem('too-large');
    case 415:
      return describeProblem('unsupported-media-type', 'expected application/json');
    default:
      return undefined;
  }
}
