import { isDeepStrictEqual } from 'node:util';

/** Whether a value is what is stored already. JSON knows neither -0 nor undefined, so that they come back as others. */
export function sameJson(stored: unknown, value: unknown): boolean {
  if (isDeepStrictEqual(stored, value)) return true;
  if (stored === undefined || value === undefined) return false;
  return isDeepStrictEqual(stored, JSON.parse(JSON.stringify(value)));
}
