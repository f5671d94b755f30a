import { errorCodes, type FastifyInstance, type FastifyRequest } from 'fastify';
import { OperationError } from '../contract/operation-error.ts';

import { type JsonBounds, weighJson } from './weigh-json.ts';

/** Schemas, and much else, recurse into what is nested; no request needs more. */
const MAX_DEPTH = 100;
const MAX_ENTRIES = 20_000;
const MAX_ITEM_BYTES = 512 * 1024;
/** Schemas take some 400 bytes for each value that they refuse. */
const MAX_VALUES = 300_000;
/** If each item is checked by itself. */
const MAX_VALUES_OF_ITEMS = 1_500_000;

const BOUNDS: JsonBounds = {
  values: MAX_VALUES,
  depth: MAX_DEPTH,
  entries: MAX_ENTRIES,
  itemBytes: MAX_ITEM_BYTES,
};
const ITEM_BOUNDS: JsonBounds = { ...BOUNDS, values: MAX_VALUES_OF_ITEMS };

export interface ParseJsonOptions {
  /** Whether the items of the body's list are checked one at a time. */
  readonly itemwise?: boolean;
}

/** Parses a body that was received whole. Rejects with `OperationError`, or with Fastify's own error for what is no JSON. */
export type ParseJsonBody = (
  request: FastifyRequest,
  body: Buffer,
  options?: ParseJsonOptions,
) => Promise<unknown>;

/** Refuses `__proto__` and `constructor.prototype`, as Fastify does. */
export function jsonBodyParser(server: FastifyInstance): ParseJsonBody {
  const parse = server.getDefaultJsonParser('error', 'error');
  return async (request, body, { itemwise = false } = {}) => {
    const { problem, hugeNumbers } = weighJson(body, itemwise ? ITEM_BOUNDS : BOUNDS);
    if (problem !== undefined) throw invalidBody(problem);
    const text = body.toString();
    if (text === '') throw new errorCodes.FST_ERR_CTP_EMPTY_JSON_BODY();
    const value = await new Promise<unknown>((resolve, reject) => {
      void parse(request, text, (error, parsed: unknown) => (error ? reject(error) : resolve(parsed)));
    });
    if (hugeNumbers && !holdsFinite(value)) throw invalidBody('expected numbers that a double can hold');
    return value;
  };
}

function invalidBody(message: string): OperationError {
  return new OperationError('invalid', 'the request is not valid', [{ path: 'body', message }]);
}

/** Whether every number is; depth has been bounded before. */
function holdsFinite(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.values(value).every(holdsFinite);
}
