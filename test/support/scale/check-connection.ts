import { once } from 'node:events';
import { type ClientHttp2Session, connect } from 'node:http2';

const PREFIX_LENGTH = 5;
const HEADERS = {
  ':method': 'POST',
  ':path': '/envoy.service.auth.v3.Authorization/Check',
  'content-type': 'application/grpc',
  te: 'trailers',
};

/** One HTTP/2 connection that asks Checks: lighter than a gRPC client, so that a load costs its own core less. */
export class CheckConnection {
  readonly #session: ClientHttp2Session;

  private constructor(session: ClientHttp2Session) {
    this.#session = session;
  }

  static async open(port: number): Promise<CheckConnection> {
    const session = connect(`http://127.0.0.1:${port}`);
    await once(session, 'connect');
    return new CheckConnection(session);
  }

  /** The bytes of the CheckResponse. Rejects with the gRPC status where there is none. */
  ask(request: Buffer): Promise<Buffer> {
    return new Promise((done, fail) => {
      const stream = this.#session.request(HEADERS);
      const parts: Buffer[] = [];
      let status: unknown;
      stream.on('response', (headers) => {
        status = headers['grpc-status'];
      });
      stream.on('trailers', (trailers) => {
        status = trailers['grpc-status'];
      });
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.once('error', fail);
      stream.once('end', () => {
        if (status === '0') done(Buffer.concat(parts).subarray(PREFIX_LENGTH));
        else fail(new Error(`grpc-status ${String(status)}`));
      });
      stream.end(grpcFrame(request));
    });
  }

  close(): void {
    this.#session.close();
  }
}

/** A gRPC message as it is sent: not compressed, its length, itself. */
export function grpcFrame(message: Buffer): Buffer {
  const prefix = Buffer.alloc(PREFIX_LENGTH);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}
