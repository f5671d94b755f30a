import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { OperationError } from '../contract/operation-error.ts';
import { type Admission, declaredLength } from './admission.ts';

import { DRAINED_BYTES, drainBody, receiveBody } from './receive-body.ts';

/** Leaves the reading of bodies to handlers. What is unread once the answer is there is thrown away. */
export function leaveBodiesToHandlers(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addHook('onSend', async (request, reply) => {
    const length = declaredLength(request);
    if (length === 0 || request.raw.complete || request.raw.readableEnded) return;
    const closing = length === undefined || length > DRAINED_BYTES;
    if (closing) reply.header('connection', 'close');
    drainBody(request.raw, reply.raw, closing);
  });
  // A client that expects 100 sends the body once it is admitted.
  app.server.on('checkContinue', (request, response) => app.routing(request, response));
}

/** Has handlers given bodies as they come. Of which media type they are, `bodyOf` looks at. */
export function acceptBodies(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
}

/**
 * The whole body of an admitted request; undefined if it has none, whatever type the client says that it would have. Rejects with
 * `OperationError` for a body of another type than those of `mediaTypes`.
 */
export async function bodyOf(
  { body, headers }: FastifyRequest,
  { limit, length, sendContinue }: Admission,
  mediaTypes: readonly string[],
): Promise<Buffer | undefined> {
  if (!(body instanceof Readable) || length === 0) return undefined;
  const accepted = mediaTypes.includes(mediaTypeOf(headers['content-type'] ?? ''));
  // Chunks may turn out to be none.
  if (!accepted && length !== undefined) throw unsupported();
  if (headers.expect !== undefined) sendContinue();
  const received = await receiveBody(body, accepted ? limit : 0, length).catch((error: unknown) => {
    throw accepted ? error : unsupported();
  });
  return received.length === 0 ? undefined : received;
}

function unsupported(): OperationError {
  return new OperationError('unsupported-media-type', 'expected application/json');
}

/** RFC 9110 §8.3.1, without parameters. */
function mediaTypeOf(header: string): string {
  return (header.split(';')[0] ?? '').trim().toLowerCase();
}
