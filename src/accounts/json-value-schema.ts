import { z } from 'zod';

type Json = z.core.util.JSONType;

/** Deeper than the texts that Sallyport reads may be nested. */
const MAX_DEPTH = 256;

/** Any JSON value. Checked in one pass and not copied: `z.json()` takes a hundred times as long. */
export const JsonValue = z.custom<Json>((value) => isJson(value, 0), { error: 'expected JSON' });

function isJson(value: unknown, depth: number): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || depth > MAX_DEPTH) return false;
  if (!Array.isArray(value) && !isPlain(value)) return false;
  // Holes of a list read as undefined and so are refused.
  for (const item of Array.isArray(value) ? value : Object.values(value))
    if (!isJson(item, depth + 1)) return false;
  return true;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
