import type { FastifyRequest } from 'fastify';
import type { Operation } from '../contract/operation.ts';
import type { RawInput } from '../operations/parse-input.ts';
import { readPrecondition } from './precondition.ts';

/** The input of an operation as an HTTP request carries it. */
export function requestInput({ precondition }: Operation, request: FastifyRequest, body: unknown): RawInput {
  const { params, query, headers } = request;
  return {
    params,
    query,
    body: body ?? undefined,
    precondition: readPrecondition({
      ifMatch: precondition ? headers['if-match'] : undefined,
      ifNoneMatch: precondition ? headers['if-none-match'] : undefined,
    }),
  };
}
