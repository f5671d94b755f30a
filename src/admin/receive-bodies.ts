import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Admission, declaredLength } from './admission.ts';
import { DRAINED_BYTES, drainBody, receiveBody } from './receive-body.ts';

/** Has no body read but by handlers. What nobody read when the answer is there is thrown away. */
export function leaveBodiesToHandlers(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addHook('onSend', async (request, reply) => {
    const length = declaredLength(request);
    if (length === 0 || request.raw.complete || request.raw.readableEnded) return;
    const closing = length === undefined || length > DRAINED_BYTES;
    if (closing) reply.header('connection', 'close');
    drainBody(request.raw, reply.raw, closing);
  });
  // A client that waits to be told so sends the body once it is admitted.
  app.server.on('checkContinue', (request, response) => app.routing(request, response));
}

/** Has handlers given bodies of these media types as they come; others are refused. */
export function acceptBodies(server: FastifyInstance, mediaTypes: readonly string[]): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser([...mediaTypes], (_request, payload, done) => done(null, payload));
}

/** The whole body of an admitted request; undefined if it has none. */
export async function bodyOf(
  { body, headers }: FastifyRequest,
  { limit, length, sendContinue }: Admission,
): Promise<Buffer | undefined> {
  if (!(body instanceof Readable)) return undefined;
  if (headers.expect !== undefined) sendContinue();
  return receiveBody(body, limit, length);
}
