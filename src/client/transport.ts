import http, { type IncomingHttpHeaders, type RequestOptions } from 'node:http';
import https from 'node:https';
import { describeConnectionError } from './connection-error.ts';
import type { ServerUrl } from './server-url.ts';
import { TransportError } from './transport-error.ts';

/** How long and how much a server may take. */
export interface Limits {
  /** Milliseconds until there is a connection. */
  readonly connectMs: number;
  /** Milliseconds until the whole answer is there. */
  readonly totalMs: number;
  /** Of an answer. */
  readonly bytes: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Outgoing {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** Whether something may be otherwise after it. */
  readonly changes: boolean;
}

/** Connections to one server. */
export interface Transport {
  /** Rejects with `TransportError` alone. */
  send(outgoing: Outgoing): Promise<HttpAnswer>;
  close(): void;
}

/** @param ca PEM certificates that the server's has to be signed by; undefined for those that Node.js trusts */
export function openTransport(server: ServerUrl, ca: Buffer | undefined, limits: Limits): Transport {
  const { at } = server;
  const secured = at.kind === 'tcp' && at.tls;
  const pool = { keepAlive: true, maxSockets: 1 };
  const agent = secured ? new https.Agent(pool) : new http.Agent(pool);
  const place: RequestOptions & { ca?: Buffer; rejectUnauthorized?: boolean } =
    at.kind === 'unix'
      ? { socketPath: at.path, host: 'localhost' }
      : {
          host: at.host,
          port: at.port,
          // Said, so that no variable of Node's turns it off.
          ...(secured && { rejectUnauthorized: true, ...(ca && { ca }) }),
        };
  const request = secured ? https.request : http.request;
  return {
    send: (outgoing) =>
      new Promise<HttpAnswer>((resolve, reject) => {
        const { method, path, headers, body } = outgoing;
        const sent = request({ ...place, agent, method, path, headers });
        let connected = false;
        const giveUp = (message: string) => sent.destroy(new TransportError('unavailable', message));
        const connecting = setTimeout(
          () =>
            giveUp(
              `${server.text} takes no connection within ${limits.connectMs / 1000} s: is it reachable from here?`,
            ),
          limits.connectMs,
        );
        const whole = setTimeout(
          () => giveUp(`${server.text} did not answer within ${limits.totalMs / 1000} s`),
          limits.totalMs,
        );
        const settle = (end: () => void) => {
          clearTimeout(connecting);
          clearTimeout(whole);
          end();
        };
        const fail = (error: Error) => {
          const told =
            error instanceof TransportError ? error : describeConnectionError(error, server, connected);
          settle(() => reject(connected && outgoing.changes ? unsure(told) : told));
        };
        const connect = () => {
          connected = true;
          clearTimeout(connecting);
        };
        sent.once('socket', (socket) => {
          if (sent.reusedSocket) connect();
          else socket.once(secured ? 'secureConnect' : 'connect', connect);
        });
        sent.on('error', fail);
        sent.once('response', (response) => {
          const chunks: Buffer[] = [];
          let length = 0;
          response.on('data', (chunk: Buffer) => {
            length += chunk.length;
            if (length > limits.bytes)
              return void sent.destroy(
                new TransportError(
                  'unexpected-response',
                  `the answer of ${server.text} is larger than ${limits.bytes} bytes: ask for less, such as one --namespace`,
                ),
              );
            chunks.push(chunk);
          });
          response.on('error', fail);
          response.once('end', () => {
            const { statusCode: status = 0, headers } = response;
            settle(() => resolve({ status, headers, body: Buffer.concat(chunks) }));
          });
        });
        sent.end(body);
      }),
    close: () => agent.destroy(),
  };
}

function unsure({ code, message }: TransportError): TransportError {
  return new TransportError(
    code,
    `${message}; whether the change was made is not known: look before you try again`,
  );
}
