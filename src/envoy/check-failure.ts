import { status as Code } from '@grpc/grpc-js';
import { AssertionTooLarge } from '../tokens/assertion.ts';
import { NotACheckRequest } from './decode-check-request.ts';

/**
 * Why a Check has no decision. `invalid`: the bytes are no CheckRequest; `timeout`: our own `check_timeout` passed;
 * `cancelled`: the caller cancelled, or its deadline passed; `assertion-too-large`: it was allowed, but its assertion exceeds
 * `assertion.max_bytes` even without groups; `fault`: all else, such as an unavailable store.
 */
export type CheckFailureKind = 'invalid' | 'timeout' | 'cancelled' | 'assertion-too-large' | 'fault';

/** The check took longer than it may. */
export class CheckTimeout extends Error {
  override readonly name = 'CheckTimeout';
}

/** The caller gave up, or its deadline passed. */
export class CheckCancelled extends Error {
  override readonly name = 'CheckCancelled';
}

export function failureKind(error: unknown): CheckFailureKind {
  if (error instanceof NotACheckRequest) return 'invalid';
  if (error instanceof CheckTimeout) return 'timeout';
  if (error instanceof CheckCancelled) return 'cancelled';
  if (error instanceof AssertionTooLarge) return 'assertion-too-large';
  return 'fault';
}

/** The answer to the caller. The cause goes only to our log. */
export const FAILURE_STATUS: Readonly<
  Record<CheckFailureKind, { readonly code: Code; readonly details: string }>
> = {
  invalid: { code: Code.INVALID_ARGUMENT, details: 'the message is no CheckRequest' },
  timeout: { code: Code.DEADLINE_EXCEEDED, details: 'the check took too long' },
  cancelled: { code: Code.CANCELLED, details: 'the call was cancelled' },
  'assertion-too-large': {
    // RESOURCE_EXHAUSTED is what gRPC answers to a message that is too large.
    code: Code.FAILED_PRECONDITION,
    details: 'the assertion for the upstream is too large',
  },
  fault: { code: Code.UNAVAILABLE, details: 'the check could not be made' },
};
