import { z } from 'zod';
import type { InputOf, Operation, Precondition } from '../contract/operation.ts';
import { type Issue, OperationError } from '../contract/operation-error.ts';
import { takeTurns } from '../snapshot/run-steps.ts';
import { mistakesOf } from '../text/schema-mistakes.ts';

/** More would not help. */
export const MAX_ISSUES = 100;

export interface RawInput {
  readonly params?: unknown;
  readonly query?: unknown;
  readonly body?: unknown;
  readonly precondition?: Precondition | undefined;
}

const NO_PRECONDITION: Precondition = { ifMatch: undefined, ifAbsent: false };

/** Parses an input by the schemas of its operation. Rejects with `OperationError`, which has the issues. */
export async function parseInput<O extends Operation>(operation: O, raw: RawInput): Promise<InputOf<O>> {
  const { params, query = z.strictObject({}), body, itemwise } = operation;
  const issues: Issue[] = [];
  const read = (part: string, schema: z.ZodType | undefined, value: unknown) => {
    if (!schema) return undefined;
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    for (const { path, message } of mistakesOf(parsed.error))
      issues.push({ path: [part, ...path.map(String)].join('.'), message });
    return undefined;
  };
  const parsed = {
    params: read('params', params, raw.params ?? {}),
    query: read('query', query, raw.query ?? {}),
    body:
      itemwise === undefined
        ? read('body', body, raw.body)
        : await readItems(body, itemwise, raw.body, read, issues),
    precondition: raw.precondition ?? NO_PRECONDITION,
  };
  if (issues.length > 0) throw new OperationError('invalid', 'the request is not valid', issues);
  return parsed as InputOf<O>;
}

/**
 * A body with a list of thousands: an item at a time, so that others have their turn and issues do not pile up. How
 * many items there may be was checked before the text was parsed.
 */
async function readItems(
  body: z.ZodType | undefined,
  field: string,
  sent: unknown,
  read: (part: string, schema: z.ZodType | undefined, value: unknown) => unknown,
  issues: Issue[],
): Promise<unknown> {
  const element = elementOf(body, field);
  const fields = new Map<string, unknown>(Object.entries(sent ?? {}));
  const items = fields.get(field);
  if (!Array.isArray(items)) return read('body', body, sent);

  // Everything but the other items: whether the list may be empty, and what is beside it.
  const rest = read('body', body, Object.fromEntries(fields.set(field, items.slice(0, 1))));
  const turn = takeTurns();
  const parsed: unknown[] = [];
  for (const [index, item] of items.entries()) {
    if (issues.length > MAX_ISSUES) break;
    if (index > 0 || issues.length === 0) parsed.push(read(`body.${field}.${index}`, element, item));
    await turn();
  }
  return issues.length > 0 ? undefined : { ...Object(rest), [field]: parsed };
}

/** The schema of the items of a list in an object. */
export function elementOf(schema: z.ZodType | undefined, field: string): z.ZodType {
  const list: unknown = schema instanceof z.ZodObject ? schema.shape[field] : undefined;
  if (list instanceof z.ZodArray && list.element instanceof z.ZodType) return list.element;
  throw new TypeError(`the schema has no list ${field}`);
}
