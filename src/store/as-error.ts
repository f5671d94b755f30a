export function asError(thrown: unknown): Error {
  return thrown instanceof Error
    ? thrown
    : new Error('a value that is not an error was thrown', { cause: thrown });
}
