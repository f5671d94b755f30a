import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo, Server } from 'node:net';

/** A server on loopback that answers as it is told, and what it was asked. */
export interface AnsweringServer {
  readonly url: string;
  /** `Authorization` of each request, in their order. */
  readonly shown: (string | undefined)[];
}

export async function withServer(
  answer: RequestListener,
  use: (server: AnsweringServer) => Promise<void>,
): Promise<void> {
  const shown: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    shown.push(request.headers.authorization);
    answer(request, response);
  });
  await listening(server);
  try {
    await use({ url: `http://127.0.0.1:${portOf(server)}`, shown });
  } finally {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
}

export function listening(server: Server): Promise<void> {
  return new Promise((done) => void server.listen(0, '127.0.0.1', done));
}

export function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

/** Answers with JSON. */
export function json(
  body: unknown,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): RequestListener {
  return (_request, response) => {
    const type = status < 400 ? 'application/json' : 'application/problem+json; charset=utf-8';
    response.writeHead(status, { 'content-type': type, ...headers }).end(JSON.stringify(body));
  };
}
