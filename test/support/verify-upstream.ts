import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRemoteJWKSet, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';

/** What *verify* answers: the request as it arrived, and whether it can trust who is said to have sent it. */
export interface VerifyAnswer {
  readonly method: string;
  readonly path: string;
  /** Name and value of each header line, in order, as received. */
  readonly headers: readonly (readonly [string, string])[];
  /** Null where there was no `x-pomerium-jwt-assertion`. */
  readonly assertion: Assertion | null;
}

export type Assertion =
  | { readonly verified: true; readonly claims: JWTPayload }
  | { readonly verified: false; readonly problem: string };

export interface VerifyUpstream {
  readonly port: number;
  /** Every byte received since the last call, where recording was asked for. */
  takeBytes(): Buffer;
  close(): Promise<void>;
}

/**
 * Starts *verify*, a service as it might stand behind Envoy: it shows the headers that it received, and verifies the
 * assertion against the keys at `jwksUrl` as any service would: signature, issuer, audience and times.
 */
export async function startVerifyUpstream(
  jwksUrl: string,
  { port = 0, record = false } = {},
): Promise<VerifyUpstream> {
  const server = createVerifyServer(jwksUrl);
  let received: Buffer[] = [];
  if (record) server.on('connection', (socket) => socket.on('data', (bytes: Buffer) => received.push(bytes)));
  await new Promise<void>((done, fail) => server.once('error', fail).listen(port, '127.0.0.1', () => done()));
  return {
    port: (server.address() as AddressInfo).port,
    takeBytes() {
      const bytes = Buffer.concat(received);
      received = [];
      return bytes;
    },
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

/** The same, yet to be told where to listen. */
export function createVerifyServer(jwksUrl: string): Server {
  // Asks again for every kid that it does not know: here keys rotate twice in a second, and nobody floods it.
  const keys = createRemoteJWKSet(new URL(jwksUrl), { cooldownDuration: 0 });
  return createServer((request, response) => {
    answer(request, keys).then(
      (body) =>
        response.setHeader('content-type', 'application/json').end(`${JSON.stringify(body, null, 2)}\n`),
      () => response.destroy(),
    );
  });
}

async function answer(request: IncomingMessage, keys: JWTVerifyGetKey): Promise<VerifyAnswer> {
  const lines: [string, string][] = [];
  for (let i = 0; i + 1 < request.rawHeaders.length; i += 2)
    lines.push([request.rawHeaders[i] ?? '', request.rawHeaders[i + 1] ?? '']);
  return {
    method: request.method ?? '',
    path: request.url ?? '',
    headers: lines,
    assertion: await verifyAssertion(request, keys),
  };
}

async function verifyAssertion(request: IncomingMessage, keys: JWTVerifyGetKey): Promise<Assertion | null> {
  const assertion = request.headers['x-pomerium-jwt-assertion'];
  if (assertion === undefined) return null;
  const host = (request.headers.host ?? '').toLowerCase().replace(/:\d+$/, '');
  try {
    const { payload } = await jwtVerify(String(assertion), keys, {
      algorithms: ['ES256'],
      issuer: host,
      audience: host,
    });
    return { verified: true, claims: payload };
  } catch (error) {
    return { verified: false, problem: error instanceof Error ? error.message : String(error) };
  }
}
