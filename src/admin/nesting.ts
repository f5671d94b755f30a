/** Schemas, and much else, recurse into what is nested; nothing that is meant is as deep. */
export const MAX_DEPTH = 100;

/** Whether a value that was read from JSON is nested deeper than `MAX_DEPTH`; does not recurse itself. */
export function isTooDeep(body: unknown): boolean {
  let level: Readonly<Record<string, unknown>>[] = [body].filter(isNested);
  for (let depth = 0; level.length > 0; depth++) {
    if (depth === MAX_DEPTH) return true;
    const next: typeof level = [];
    for (const value of level)
      for (const inner of Object.values(value)) if (isNested(inner)) next.push(inner);
    level = next;
  }
  return false;
}

function isNested(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
