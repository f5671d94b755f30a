import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { OperationError } from '../contract/operation-error.ts';

/**
 * Reads a body whole. Rejects with `OperationError` if it is longer than `limit` or ends early.
 * @param length as the client says it; undefined for chunks
 */
export function receiveBody(stream: Readable, limit: number, length: number | undefined): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // Memory is taken as it is written to: a client that says 8 MiB and sends nothing costs nothing.
    let body = Buffer.allocUnsafeSlow(length ?? Math.min(limit, FIRST_BYTES));
    let size = 0;
    const leave = () => stream.off('data', take).off('end', finish).off('error', cut).off('close', cut);
    const finish = () => {
      leave();
      resolve(body.subarray(0, size));
    };
    const refuse = (refusal: OperationError) => {
      leave();
      reject(refusal);
    };
    const cut = () => refuse(new OperationError('invalid', 'the body ended early'));
    const take = (chunk: Buffer) => {
      if (size + chunk.length > limit) {
        refuse(tooLarge(limit));
        return;
      }
      if (size + chunk.length > body.length) {
        const larger = Buffer.allocUnsafeSlow(Math.min(limit, (size + chunk.length) * 2));
        body.copy(larger, 0, 0, size);
        body = larger;
      }
      chunk.copy(body, size);
      size += chunk.length;
    };
    stream.on('data', take).on('end', finish).on('error', cut).on('close', cut);
  });
}

const FIRST_BYTES = 64 * 1024;

export function tooLarge(limit: number): OperationError {
  return new OperationError('too-large', `expected a body of at most ${limit} bytes`);
}

/** More of an unwanted body is left unread. */
export const DRAINED_BYTES = 256 * 1024;
/** Milliseconds for the client to read the answer and to stop sending. */
const LINGER_MS = 3000;

/**
 * Throws away what is still to come of a body that is not wanted, up to a bound. A client that sends more is cut off, but not at
 * once (RFC 9112 §9.6): that could take the answer away from a client that is still sending.
 * @param closing whether the connection ends with this answer, because more is to come than is thrown away
 */
export function drainBody(request: IncomingMessage, response: ServerResponse, closing: boolean): void {
  let left = DRAINED_BYTES;
  const { socket } = request;
  if (closing) socket.destroySoon = () => socket.end();
  const timer = setTimeout(() => {
    if (response.writableFinished) request.destroy();
    else response.once('finish', () => request.destroy());
  }, LINGER_MS).unref();
  request.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) request.pause();
  });
  if (!closing) request.once('end', () => clearTimeout(timer)).once('close', () => clearTimeout(timer));
  request.resume();
}
