import { connect as connectHttp2, type OutgoingHttpHeaders } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';

export type HeaderLine = readonly [name: string, value: string];

export interface CallOptions {
  /** HTTP/1.1 sends names and repetitions exactly as given; HTTP/2 has lower-case names only. */
  readonly version?: 'h1' | 'h2';
  readonly method?: string;
  readonly path?: string;
  readonly host?: string;
  /** Sent in this order; a character is a byte (latin1). */
  readonly headers?: readonly HeaderLine[];
  readonly body?: string;
  /** Over TLS, with these settings and any certificate of the server. */
  readonly tls?: ConnectionOptions;
  /** Where the listener is, in place of 127.0.0.1. */
  readonly to?: string;
  /** The address to call from. */
  readonly from?: string;
}

export interface HttpAnswer {
  readonly status: number;
  /** By lower-case name; repeated ones joined by ", ". */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  /** gRPC's trailers. */
  readonly trailers: ReadonlyMap<string, string>;
}

export const E2E_HOST = 'verify.localhost';
/** A call that has no answer by then never gets one, in milliseconds. */
const TIMEOUT = 10_000;

/** Makes one call to a listener of loopback. */
export function call(port: number, options: CallOptions = {}): Promise<HttpAnswer> {
  return options.version === 'h2' ? callHttp2(port, options) : callHttp1(port, options);
}

async function callHttp1(port: number, options: CallOptions): Promise<HttpAnswer> {
  const { method = 'GET', path = '/', host = E2E_HOST, headers = [], body = '' } = options;
  const lines = [
    `${method} ${path} HTTP/1.1`,
    `Host: ${host}`,
    'Connection: close',
    ...headers.map(([name, value]) => `${name}: ${value}`),
    ...(body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body, 'latin1')}`]),
  ];
  return await exchange(port, options, Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`, 'latin1'));
}

function connectTo(port: number, { tls, to = '127.0.0.1', from }: CallOptions): Socket {
  const address = { port, host: to, ...(from !== undefined && { localAddress: from }) };
  return tls ? connectTls({ ...address, rejectUnauthorized: false, ...tls }) : connect(address);
}

/** Sends the bytes and reads until the answer is whole: Envoy may take a second more to close the connection. */
function exchange(port: number, options: CallOptions, request: Buffer): Promise<HttpAnswer> {
  return new Promise((done, fail) => {
    let received: Buffer = Buffer.alloc(0);
    const socket = connectTo(port, options);
    socket.write(request);
    socket.setTimeout(TIMEOUT, () => socket.destroy(new Error(`no answer within ${TIMEOUT} ms`)));
    socket.on('data', (bytes: Buffer) => {
      received = Buffer.concat([received, bytes]);
      const answer = parseAnswer(received);
      if (answer === undefined) return;
      done(answer);
      socket.destroy();
    });
    socket
      .once('error', fail)
      .once('close', () => fail(new Error('the connection was closed before the answer was whole')));
  });
}

function parseAnswer(received: Buffer): HttpAnswer | undefined {
  const end = received.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const [statusLine = '', ...lines] = received.subarray(0, end).toString('latin1').split('\r\n');
  const headers = collectHeaders(
    lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
  );
  const rest = received.subarray(end + 4);
  const length = Number(headers.get('content-length') ?? 0);
  const chunked = headers.get('transfer-encoding') === 'chunked';
  const body = chunked ? joinChunks(rest) : rest.length >= length ? rest : undefined;
  if (body === undefined) return undefined;
  return {
    status: Number(statusLine.split(' ')[1]),
    headers,
    body: body.toString('utf8'),
    trailers: new Map(),
  };
}

/** The body, or undefined where its last chunk is still to come. */
function joinChunks(encoded: Buffer): Buffer | undefined {
  const chunks: Buffer[] = [];
  for (let at = 0; ; ) {
    const lineEnd = encoded.indexOf('\r\n', at);
    if (lineEnd === -1) return undefined;
    const size = Number.parseInt(encoded.subarray(at, lineEnd).toString('latin1'), 16);
    if (size === 0) return Buffer.concat(chunks);
    chunks.push(encoded.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
}

function callHttp2(port: number, options: CallOptions): Promise<HttpAnswer> {
  const { method = 'GET', path = '/', host = E2E_HOST, headers = [], body = '' } = options;
  const lines: OutgoingHttpHeaders = { ':method': method, ':path': path, ':authority': host };
  for (const [name, value] of headers) {
    const before = lines[name.toLowerCase()];
    lines[name.toLowerCase()] = before === undefined ? value : [before, value].flat().map(String);
  }
  return new Promise((done, fail) => {
    const session = connectHttp2(`${options.tls ? 'https' : 'http'}://127.0.0.1:${port}`, {
      createConnection: () =>
        connectTo(port, {
          ...options,
          ...(options.tls && { tls: { ALPNProtocols: ['h2'], ...options.tls } }),
        }),
    });
    session.setTimeout(TIMEOUT, () => session.destroy(new Error(`no answer within ${TIMEOUT} ms`)));
    session.once('error', fail);
    const stream = session.request(lines, { endStream: body === '' });
    const chunks: Buffer[] = [];
    let answerHeaders: ReadonlyMap<string, string> = new Map();
    let trailers: ReadonlyMap<string, string> = new Map();
    stream.on('response', (received) => (answerHeaders = collectHeaders(Object.entries(received))));
    stream.on('trailers', (received) => (trailers = collectHeaders(Object.entries(received))));
    stream.on('data', (bytes: Buffer) => chunks.push(bytes));
    stream.once('error', fail);
    stream.once('end', () => {
      session.close();
      const status = Number(answerHeaders.get(':status'));
      done({ status, headers: answerHeaders, body: Buffer.concat(chunks).toString('utf8'), trailers });
    });
    if (body !== '') stream.end(Buffer.from(body, 'latin1'));
  });
}

function collectHeaders(lines: Iterable<readonly [string, unknown]>): Map<string, string> {
  const headers = new Map<string, string>();
  for (const [name, value] of lines) {
    const key = name.toLowerCase();
    const before = headers.get(key);
    headers.set(key, before === undefined ? String(value) : `${before}, ${value}`);
  }
  return headers;
}
