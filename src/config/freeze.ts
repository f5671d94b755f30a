import type { Secret } from './secret.ts';

/** Read-only all the way down. */
export type Frozen<T> = T extends string | number | boolean | Secret | undefined
  ? T
  : { readonly [Key in keyof T]: Frozen<T[Key]> };

export function freezeDeeply<T>(value: T): Frozen<T>;
export function freezeDeeply(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  for (const part of Object.values(value)) freezeDeeply(part);
  return Object.freeze(value);
}
