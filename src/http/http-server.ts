import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Socket } from 'node:net';
import type { SecureContextOptions, TLSSocket } from 'node:tls';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { certificateNames } from '../files/certificate-names.ts';
import type { ServerTlsMaterial } from '../files/tls-files.ts';
import type { Watched } from '../files/watch-files.ts';
import { type Address, formatAddress } from '../sockets/address.ts';
import { bindUnixSocket } from '../sockets/unix-socket.ts';
import { PROBLEM_TYPE, sendProblem } from './problem-details.ts';
import { addSidecarRoutes, type SidecarContent } from './sidecar-routes.ts';

/** Where the server listens; `admin.listen` of the configuration fits. */
export interface HttpListener {
  readonly address: Address;
  readonly tls: HttpTls | undefined;
  /** Of a Unix socket, such as 0o660. */
  readonly mode: number;
}

export interface HttpTls {
  /** With a CA, a client must show a certificate that it signed. Other material is for the connections that come after it. */
  readonly material: Watched<ServerTlsMaterial>;
  readonly allowedClients: readonly string[];
}

export interface HttpServer {
  /** `127.0.0.1:9192`, with the port that was given for 0, or `unix:` and a path. */
  readonly address: string;
  /** Stops listening, and resolves once requests in flight are answered. */
  close(): Promise<void>;
}

/** Limits for clients; times in milliseconds. */
export interface HttpLimits {
  /** From the first byte of a request to the end of its headers. */
  readonly headersTimeout: number;
  /** From there to the end of its body. */
  readonly requestTimeout: number;
  /** How often these two are checked. */
  readonly connectionsCheckingInterval: number;
  readonly keepAliveTimeout: number;
  /** At once, of all clients. */
  readonly maxConnections: number;
}

const LIMITS: HttpLimits = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 2_000,
  keepAliveTimeout: 60_000,
  maxConnections: 1000,
};
const MAX_HEADER_BYTES = 16 * 1024;
/** Node passes on 2000 and silently drops the rest. */
const MAX_HEADER_LINES = 200;
const MAX_BODY_BYTES = 1024 * 1024;
/** Ids of directory users have at most 256 characters, each of up to 12 if percent-encoded. */
const MAX_PARAM_LENGTH = 256 * 12;

/** Adds more to the server than every sidecar shows. Without it the server reads no request body. */
export type ExtendHttp = (app: FastifyInstance) => void;

/** Listens for HTTP and answers with the sidecar's content. Rejects if the address or its TLS material is unavailable. */
export async function startHttpServer(
  listener: HttpListener,
  content: SidecarContent,
  extend?: ExtendHttp,
  limits: HttpLimits = LIMITS,
): Promise<HttpServer> {
  const { address, tls, mode } = listener;
  const app = buildHttpServer(content, tls, extend, limits);
  try {
    return await listenOn(app, address, mode);
  } catch (error) {
    // Extensions may already be running.
    await app.close();
    throw error;
  }
}

async function listenOn(app: FastifyInstance, address: Address, mode: number): Promise<HttpServer> {
  if (address.kind === 'tcp') {
    await app.listen({ host: address.host, port: address.port });
    return { address: boundAddress(app), close: () => app.close() };
  }
  const socket = await bindUnixSocket(address.path, mode, async (path) => void (await app.listen({ path })));
  return {
    address: formatAddress(address),
    close: async () => void (await Promise.all([app.close(), socket.remove()])),
  };
}

/** The server without listening: `inject` tries it without a port. */
export function buildHttpServer(
  content: SidecarContent,
  tls?: HttpTls,
  extend?: ExtendHttp,
  { maxConnections, ...times }: HttpLimits = LIMITS,
): FastifyInstance {
  // Node's own answer to a request without Host lacks our headers.
  const options: ServerOptions = { ...times, maxHeaderSize: MAX_HEADER_BYTES, requireHostHeader: false };
  const app = fastify({
    bodyLimit: MAX_BODY_BYTES,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    // A URL that can't be decoded comes to no route, hook or error handler.
    frameworkErrors: (_, __, reply) => {
      sendProblem(reply, 400, 'Bad Request');
    },
    clientErrorHandler: answerUnreadable,
    serverFactory: (handler) => {
      const server = tls ? createTlsServer(tls, options, handler) : createServer(options, handler);
      server.maxConnections = maxConnections;
      return server;
    },
  });
  app.addHook('onRequest', async ({ raw }, reply) => {
    if (raw.rawHeaders.length / 2 > MAX_HEADER_LINES)
      return sendProblem(reply, 431, 'Request Header Fields Too Large');
    if (raw.headers.host === undefined && raw.httpVersion === '1.1')
      return sendProblem(reply.header('connection', 'close'), 400, 'Bad Request', 'expected the header Host');
  });
  if (!extend) app.addHook('onRequest', leaveBodyUnread);
  addSidecarRoutes(app, content);
  extend?.(app);
  return app;
}

const PARSER_PROBLEMS: Readonly<Record<string, readonly [status: number, title: string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout'],
  HPE_HEADER_OVERFLOW: [431, 'Request Header Fields Too Large'],
};

/** Answers what Node's parser refuses, which reaches no route, hook or error handler, and ends the connection. */
function answerUnreadable({ code }: Error & { readonly code: string }, socket: Socket): void {
  if (socket.destroyed || code === 'ECONNRESET') return;
  if (!socket.writable) return void socket.destroy();
  const [status, title] = PARSER_PROBLEMS[code] ?? [400, 'Bad Request'];
  const body = JSON.stringify({ type: 'about:blank', title, status });
  const head = [
    `HTTP/1.1 ${status} ${title}`,
    'Cache-Control: no-store',
    'X-Content-Type-Options: nosniff',
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${body.length}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  socket.destroySoon();
}

/** The connection of a request with a body ends with the answer, and what is still coming is not read. */
async function leaveBodyUnread({ headers, is404, socket }: FastifyRequest, reply: FastifyReply) {
  const { 'content-length': length = '0', 'transfer-encoding': coding } = headers;
  if (coding === undefined && length === '0') return;
  reply.header('connection', 'close').raw.once('finish', () => socket.destroySoon());
  if (is404) return sendProblem(reply, 404, 'Not Found');
}

function createTlsServer(
  { material, allowedClients }: HttpTls,
  options: ServerOptions,
  handler: RequestListener,
): Server {
  const { ca } = material.current;
  const server = createSecureServer(
    { ...options, ...contextOf(material.current), requestCert: ca !== undefined, rejectUnauthorized: true },
    handler,
  );
  material.onChange((next) => server.setSecureContext(contextOf(next)));
  if (ca) admitOnly(server, new Set(allowedClients));
  return server;
}

function contextOf({ pair, ca }: ServerTlsMaterial): SecureContextOptions {
  return { ...pair, ...(ca && { ca }), minVersion: 'TLSv1.2' };
}

/** TLS has checked who signed the client's certificate; this checks whose it is. */
function admitOnly(server: Server, allowed: ReadonlySet<string>): void {
  server.prependListener('secureConnection', (socket: TLSSocket) => {
    if (!certificateNames(socket.getPeerCertificate()).some((name) => allowed.has(name))) socket.destroy();
  });
}

function boundAddress(app: FastifyInstance): string {
  const bound = app.server.address();
  if (bound === null || typeof bound === 'string') throw new Error('the HTTP server is not listening on TCP');
  return formatAddress({ kind: 'tcp', host: bound.address, port: bound.port });
}
