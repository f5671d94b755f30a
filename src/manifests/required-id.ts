/** An id that we made up ourselves: one that its own parser refuses is a bug. */
export function requiredId<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a generated id is not valid');
  return value;
}
