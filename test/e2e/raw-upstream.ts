import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';

/** A service that takes every request target as it comes, and remembers it: no parser stands between. */
export interface RawUpstream {
  readonly port: number;
  /** The request target, byte for byte, of the request with this `x-case`; undefined where none came. */
  targetOf(name: string): Buffer | undefined;
  close(): Promise<void>;
}

/** Answers every request with an empty 200. Requests have no body. */
export async function startRawUpstream(): Promise<RawUpstream> {
  const targets = new Map<string, Buffer>();
  const server = createServer((socket) => {
    let waiting: Buffer = Buffer.alloc(0);
    socket.on('error', () => socket.destroy());
    socket.on('data', (bytes: Buffer) => {
      waiting = Buffer.concat([waiting, bytes]);
      for (let end = waiting.indexOf('\r\n\r\n'); end !== -1; end = waiting.indexOf('\r\n\r\n')) {
        remember(waiting.subarray(0, end));
        waiting = waiting.subarray(end + 4);
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
      }
    });
  });
  const remember = (head: Buffer) => {
    const lineEnd = head.indexOf('\r\n');
    const line = head.subarray(0, lineEnd === -1 ? head.length : lineEnd);
    const name = /^x-case: (.*)$/im.exec(head.toString('latin1'))?.[1]?.trim();
    if (name !== undefined)
      targets.set(name, Buffer.from(line.subarray(line.indexOf(' ') + 1, line.lastIndexOf(' '))));
  };
  await new Promise<void>((done, fail) => server.once('error', fail).listen(0, '127.0.0.1', () => done()));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    targetOf: (name) => targets.get(name),
    close: () => new Promise((done) => void server.close(() => done())),
  };
}
