import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Operation } from './contract/operation.ts';
import { readPrecondition } from './precondition.ts';
import { type Mistake, Refused } from './problem.ts';

/** Schemas recurse into what is nested; nothing that is meant is as deep. */
const MAX_DEPTH = 100;

/** What an operation is asked, parsed by its schemas. Throws `Refused` with every mistake. */
export function readRequest({ params, query, body, precondition }: Operation, request: FastifyRequest) {
  if (isTooDeep(request.body))
    throw new Refused('invalid', 'the request is not valid', [
      { path: 'body', message: `expected at most ${MAX_DEPTH} levels of nesting` },
    ]);
  const mistakes: Mistake[] = [];
  const read = (part: string, schema: z.ZodType | undefined, value: unknown) => {
    if (!schema) return undefined;
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    for (const { path, message } of parsed.error.issues)
      mistakes.push({ path: [part, ...path.map(String)].join('.'), message });
    return undefined;
  };
  const parsed = {
    params: read('params', params, request.params),
    query: read('query', query ?? z.strictObject({}), request.query),
    body: read('body', body, request.body ?? undefined),
    precondition: readPrecondition({
      ifMatch: precondition ? request.headers['if-match'] : undefined,
      ifNoneMatch: precondition ? request.headers['if-none-match'] : undefined,
    }),
  };
  if (mistakes.length > 0) throw new Refused('invalid', 'the request is not valid', mistakes);
  return parsed;
}

function isTooDeep(body: unknown): boolean {
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
