import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Operation } from '../contract/operation.ts';
import { takeTurns } from '../snapshot/run-steps.ts';
import { mistakesOf } from '../text/schema-mistakes.ts';
import { readPrecondition } from './precondition.ts';
import { MAX_MISTAKES, type Mistake, Refused } from './problem.ts';

/** What an operation is asked, parsed by its schemas. Rejects with `Refused`, which has the mistakes. */
export async function readRequest(
  { params, query, body, precondition, itemwise }: Operation,
  request: FastifyRequest,
  sent: unknown,
) {
  const mistakes: Mistake[] = [];
  const read = (part: string, schema: z.ZodType | undefined, value: unknown) => {
    if (!schema) return undefined;
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    for (const { path, message } of mistakesOf(parsed.error))
      mistakes.push({ path: [part, ...path.map(String)].join('.'), message });
    return undefined;
  };
  const parsed = {
    params: read('params', params, request.params),
    query: read('query', query ?? z.strictObject({}), request.query),
    body:
      itemwise === undefined
        ? read('body', body, sent ?? undefined)
        : await readItems(body, itemwise, sent, read, mistakes),
    precondition: readPrecondition({
      ifMatch: precondition ? request.headers['if-match'] : undefined,
      ifNoneMatch: precondition ? request.headers['if-none-match'] : undefined,
    }),
  };
  if (mistakes.length > 0) throw new Refused('invalid', 'the request is not valid', mistakes);
  return parsed;
}

/**
 * A body with a list of thousands: an item at a time, so that others have their turn and mistakes do not pile up. How
 * many items there may be was checked before the text was parsed.
 */
async function readItems(
  body: z.ZodType | undefined,
  field: string,
  sent: unknown,
  read: (part: string, schema: z.ZodType | undefined, value: unknown) => unknown,
  mistakes: Mistake[],
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
    if (mistakes.length > MAX_MISTAKES) break;
    if (index > 0 || mistakes.length === 0) parsed.push(read(`body.${field}.${index}`, element, item));
    await turn();
  }
  return mistakes.length > 0 ? undefined : { ...Object(rest), [field]: parsed };
}

/** The schema of the items of a list in an object. */
export function elementOf(schema: z.ZodType | undefined, field: string): z.ZodType {
  const list: unknown = schema instanceof z.ZodObject ? schema.shape[field] : undefined;
  if (list instanceof z.ZodArray && list.element instanceof z.ZodType) return list.element;
  throw new TypeError(`the schema has no list ${field}`);
}
