import type { Mistake } from './problem.ts';

/**
 * Why an admin API did not do what it was asked; `unavailable` may be otherwise later, `nonsense` is an answer that no
 * admin API of this version gives.
 */
export type RemoteCode =
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'refused'
  | 'unavailable'
  | 'nonsense';

/** What an admin API refused, or that it can't be asked; the message says what to do, and holds no credential. */
export class RemoteError extends Error {
  override readonly name = 'RemoteError';
  readonly code: RemoteCode;
  /** What the server said, by itself; empty where nobody said anything. */
  readonly detail: string;
  /** The server's own list of what is wrong. */
  readonly mistakes: readonly Mistake[];
  constructor(
    code: RemoteCode,
    message: string,
    { detail = '', mistakes = [] }: { readonly detail?: string; readonly mistakes?: readonly Mistake[] } = {},
  ) {
    super(message);
    this.code = code;
    this.detail = detail;
    this.mistakes = mistakes;
  }
}
