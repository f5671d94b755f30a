import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import type { Operation, OutputOf } from '../contract/operation.ts';
import { OperationError } from '../contract/operation-error.ts';
import { elementOf } from '../operations/parse-input.ts';
import { takeTurns } from '../snapshot/run-steps.ts';
import type { Admission } from './admission.ts';

/** Characters that are put together before they are sent. */
const PIECE = 64 * 1024;
/** Milliseconds in which a client takes nothing of its answer, after which it is cut off. */
const STALLED_MS = 20_000;
const RETRY_AFTER_SECONDS = 2;

/**
 * Sends what the contract names of an answer, and nothing else. Resolves when the work for it is done: an answer that is
 * read from the store as it is sent is done with the client.
 */
export async function sendAnswer(
  reply: FastifyReply,
  { response, status = 200, listed, costly }: Operation,
  { body, items, owed = false }: OutputOf<Operation>,
  { lease, gone }: Admission,
): Promise<FastifyReply> {
  reply.code(status);
  if (listed === undefined || items === undefined) return reply.send(response.parse(body));

  const pieces = encode(response.parse(body), listed, elementOf(response, listed), items);
  reply.type('application/json; charset=utf-8');
  if (costly === 'stream') {
    // What is wrong at once is said with a status.
    const first = await pieces.next();
    const answer = Readable.from(after(first, pieces), { objectMode: false });
    cutOffStalled(reply);
    reply.send(answer);
    await finished(reply.raw, { error: false }).catch(() => undefined);
    return reply;
  }
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const piece of pieces) {
    if (gone.aborted) break;
    const chunk = Buffer.from(piece);
    chunks.push(chunk);
    length += chunk.length;
  }
  // The answer takes the place of the request in the budget: a client may be slow to read it.
  if (lease && !lease.resize(length) && !owed)
    throw new OperationError(
      'too-many-requests',
      'other answers take all memory that there is for them: retry later',
      [],
      { retryAfter: RETRY_AFTER_SECONDS },
    );
  cutOffStalled(reply);
  return reply.header('content-length', length).send(Readable.from(chunks, { objectMode: false }));
}

/** The answer as JSON, with the items where the body has an empty list. */
async function* encode(
  body: unknown,
  field: string,
  element: z.ZodType,
  items: Iterable<unknown> | AsyncIterable<unknown>,
): AsyncGenerator<string, void> {
  const rest = Object.entries(Object(body)).filter(([name]) => name !== field);
  const head = rest.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)},`).join('');
  let piece = `{${head}${JSON.stringify(field)}:[`;
  let separator = '';
  const turn = takeTurns();
  for await (const item of items) {
    piece += separator + JSON.stringify(element.parse(item));
    separator = ',';
    if (piece.length >= PIECE) {
      yield piece;
      piece = '';
    }
    await turn();
  }
  yield `${piece}]}`;
}

async function* after<T>(
  first: IteratorResult<T, void>,
  rest: AsyncGenerator<T, void>,
): AsyncGenerator<T, void> {
  if (first.done) return;
  yield first.value;
  yield* rest;
}

function cutOffStalled({ raw }: FastifyReply): void {
  let written = raw.socket?.bytesWritten;
  const timer = setInterval(() => {
    if (raw.socket?.bytesWritten === written) raw.destroy();
    written = raw.socket?.bytesWritten;
  }, STALLED_MS).unref();
  raw.once('close', () => clearInterval(timer));
}
