/** The command line, or a variable that it reads, says what can't be; the message says what to say instead. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
