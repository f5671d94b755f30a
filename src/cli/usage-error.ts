/** The command line or a variable is invalid. The message says what to use instead. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
