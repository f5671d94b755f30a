import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Operation } from './contract/operation.ts';
import { isTooDeep, MAX_DEPTH } from './nesting.ts';
import { readPrecondition } from './precondition.ts';
import { type Mistake, Refused } from './problem.ts';

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
