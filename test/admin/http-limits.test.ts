// What a client may not do to the HTTP listener, whoever they are: to the sidecar's own paths, the admin API and SCIM.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createSecureServer } from 'node:https';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { readServerTlsFiles } from '../../src/files/tls-files.ts';
import { fixed } from '../../src/files/watch-files.ts';
import { type HttpLimits, type HttpServer, startHttpServer } from '../../src/http/http-server.ts';
import { type AdminWorld, openAdminWorld, TEAMS } from '../support/admin-world.ts';
import { TestCa } from '../support/certificates.ts';

let world: AdminWorld;
let root: string;
let port: number;
before(async () => {
  world = await openAdminWorld();
  await world.apply(TEAMS);
  root = await world.signIn('root');
  port = Number(new URL(await world.app.listen({ host: '127.0.0.1', port: 0 })).port);
});
after(async () => {
  await world.close();
  assert.deepEqual(world.faults, []);
});

/** Sends bytes and reads until the server ends the connection. */
async function say(to: number, ...bytes: readonly string[]): Promise<string> {
  const socket = connect(to, '127.0.0.1');
  socket.on('error', () => undefined);
  for (const each of bytes) socket.write(each);
  return await text(socket);
}
const lines = (...each: readonly string[]) => `${each.join('\r\n')}\r\n\r\n`;
const CLOSE = 'Connection: close';

/** What Node's parser refuses is answered as everything else is. */
function assertProblem(answer: string, status: number): void {
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  assert.match(head, new RegExp(`^HTTP/1\\.1 ${status} `));
  assert.match(head, /^content-type: application\/problem\+json; charset=utf-8\r?$/im);
  assert.match(head, /^x-content-type-options: nosniff\r?$/im);
  assert.match(head, /^cache-control: no-store\r?$/im);
  assert.match(head, new RegExp(`^content-length: ${body.length}\r?$`, 'im'));
  assert.equal(JSON.parse(body).status, status);
}

describe('headers', () => {
  test('beyond 16 KiB are answered 431', async () => {
    const answer = await say(
      port,
      lines('GET /api/v1/whoami HTTP/1.1', 'Host: x', `X: ${'a'.repeat(17_000)}`),
    );
    assertProblem(answer, 431);
  });
  for (const path of ['/livez', '/api/v1/whoami', '/scim/v2/Users'])
    test(`of more than 200 lines are answered 431, at ${path}`, async () => {
      const ask = (count: number) =>
        say(
          port,
          lines(`GET ${path} HTTP/1.1`, 'Host: x', CLOSE, ...Array.from({ length: count }, () => 'a: b')),
        );
      assert.match(await ask(198), path === '/livez' ? /^HTTP\/1\.1 200 / : /^HTTP\/1\.1 401 /);
      assert.match(await ask(199), /^HTTP\/1\.1 431 /);
      assert.match(await ask(3000), /^HTTP\/1\.1 431 /);
    });
});

describe('what is no one request', () => {
  for (const [what, headers] of [
    ['a length and chunks', ['Content-Length: 5', 'Transfer-Encoding: chunked']],
    ['two lengths', ['Content-Length: 2', 'Content-Length: 3']],
    ['no host', undefined],
    ['a line that is folded', ['X: a', ' b: c']],
    ['a space before the colon', ['Authorization : Bearer x']],
  ] as const)
    test(`${what} is answered 400, and the connection ends`, async () => {
      const answer = await say(
        port,
        lines('POST /api/v1/service-accounts HTTP/1.1', ...(headers ? ['Host: x', ...headers] : [])),
      );
      assertProblem(answer, 400);
      assert.equal(answer.split('HTTP/1.1 ').length, 2);
    });

  test('requests that come at once are answered in order, each by its own credential', async () => {
    const ask = (...headers: string[]) => lines('GET /api/v1/whoami HTTP/1.1', 'Host: x', ...headers);
    const answer = await say(
      port,
      ask(`Authorization: Bearer ${root}`) + ask() + ask(`Authorization: Bearer ${root}`, CLOSE),
    );
    assert.deepEqual(answer.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 200', 'HTTP/1.1 401', 'HTTP/1.1 200']);
  });
});

/** Where bodies are taken, by somebody who may. */
const TAKERS = [
  ['POST', '/api/v1/service-accounts', 'application/json'],
  ['PUT', '/api/v1/policies/p', 'application/json'],
  ['POST', '/api/v1/resources:apply', 'application/json'],
  ['POST', '/api/v1/policies:lint', 'application/json'],
  ['POST', '/api/v1/policies:test', 'application/json'],
  ['POST', '/api/v1/policies:try', 'application/json'],
  ['POST', '/api/v1/decisions:explain', 'application/json'],
  ['PUT', '/api/v1/directory-users/u', 'application/json'],
  ['POST', '/scim/v2/Users', 'application/scim+json'],
  ['PUT', '/scim/v2/Users/u', 'application/scim+json'],
  ['PATCH', '/scim/v2/Users/u', 'application/scim+json'],
  ['POST', '/scim/v2/Users/.search', 'application/scim+json'],
  ['POST', '/scim/v2/Groups', 'application/scim+json'],
  ['PUT', '/scim/v2/Groups/g', 'application/scim+json'],
  ['PATCH', '/scim/v2/Groups/g', 'application/scim+json'],
  ['POST', '/scim/v2/Groups/.search', 'application/scim+json'],
] as const;

describe('a body', () => {
  before(() =>
    world.apply(
      ['{ kind: DirectoryUser, id: u }', '{ kind: DirectoryGroup, id: g }']
        .map((one) => one.replace('{', '{ apiVersion: sallyport/v1alpha1,'))
        .join('\n---\n'),
    ),
  );
  const send = async (
    [method, url, type]: readonly [method: 'POST' | 'PUT' | 'PATCH', url: string, type: string],
    payload: string | Buffer,
    headers: Readonly<Record<string, string>> = {},
  ) => {
    const revision = (await world.store.position()).revision;
    const answer = await world.app.inject({
      method,
      url,
      headers: { authorization: `Bearer ${root}`, 'content-type': type, 'if-match': '*', ...headers },
      payload,
    });
    assert.equal((await world.store.position()).revision, revision, `${method} ${url} wrote`);
    return answer;
  };

  for (const taker of TAKERS) {
    const [method, url, type] = taker;
    describe(`of ${method} ${url}`, () => {
      test('nested too deep is answered 400, wherever it is nested', async () => {
        const nested = (levels: number) => [
          '['.repeat(levels) + ']'.repeat(levels),
          `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`,
        ];
        for (const deep of [...nested(101), ...nested(2000), ...nested(100_000)])
          for (const payload of [
            deep,
            `{"x":${deep}}`,
            `{"schemas":${deep},"ppl":${deep},"userName":${deep}}`,
            `{"Operations":[{"op":"replace","path":"name","value":${deep}}]}`,
            `{"Operations":[{"op":"add","value":{"name":${deep}}}]}`,
            `{"resources":[${deep}],"cases":[{"ppl":${deep},"expect":"deny"}]}`,
          ]) {
            const { statusCode, body } = await send(taker, payload);
            // What is longer than the operation takes is not even looked at.
            const status = statusCode === 413 && payload.length > 64 * 1024 ? 400 : statusCode;
            assert.equal(status, 400, `${payload.slice(0, 40)}: ${body}`);
          }
      });
      test('that names __proto__ or constructor.prototype is answered 400', async () => {
        for (const payload of [
          '{"__proto__":{"admin":true}}',
          '{"a":{"__proto__":{"admin":true}}}',
          '{"constructor":{"prototype":{"admin":true}}}',
          '{"Operations":[{"op":"add","path":"name","value":{"__proto__":{"admin":true}}}]}',
        ])
          assert.equal((await send(taker, payload)).statusCode, 400, payload);
        assert.equal(Reflect.get({}, 'admin'), undefined);
      });
      test('that is no JSON is answered 400', async () => {
        for (const payload of ['{', 'a: b', '\0', '{"a":1}{"a":1}', '\ufeff\ufeff{}', '{"a":NaN}'])
          assert.equal((await send(taker, payload)).statusCode, 400, payload);
      });
      test('of another media type is answered 415', async () => {
        for (const other of [
          'text/plain',
          'application/x-www-form-urlencoded',
          'multipart/form-data; boundary=x',
          'text/json',
          'application/xml',
        ])
          assert.equal((await send([method, url, other], '{}')).statusCode, 415, other);
      });
      test('that is compressed, or says so, is answered 415', async () => {
        for (const coding of ['gzip', 'br', 'GZIP', 'identity, gzip'])
          for (const payload of [gzipSync('{}'), '{}'])
            assert.equal(
              (await send(taker, payload, { 'content-encoding': coding })).statusCode,
              415,
              coding,
            );
      });
      test('of more than 8 MiB is answered 413, by its length before any of it is read', async () => {
        assert.equal((await send(taker, Buffer.alloc(8 * 1024 * 1024 + 1, ' '))).statusCode, 413);
        const answer = await say(
          port,
          lines(
            `${method} ${url} HTTP/1.1`,
            'Host: x',
            `Authorization: Bearer ${root}`,
            `Content-Type: ${type}`,
            'Content-Length: 9000000',
            CLOSE,
          ),
        );
        assert.match(answer, /^HTTP\/1\.1 413 /);
      });
    });
  }

  test('in chunks that never end is answered 413 at its bound', async () => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(
      lines(
        'POST /api/v1/policies:lint HTTP/1.1',
        'Host: x',
        `Authorization: Bearer ${root}`,
        'Content-Type: application/json',
        'Transfer-Encoding: chunked',
      ),
    );
    const chunk = `100000\r\n${' '.repeat(0x100000)}\r\n`;
    const write = () => {
      while (!socket.destroyed && socket.write(chunk));
    };
    socket.on('drain', write);
    write();
    const [answer] = await once(socket, 'data');
    assert.match(String(answer), /^HTTP\/1\.1 413 /);
    socket.destroy();
  });
});

describe('every answer', () => {
  const SECURE = {
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    'x-frame-options': 'SAMEORIGIN',
    'referrer-policy': 'no-referrer',
  };
  const check = (headers: Readonly<Record<string, unknown>>, what: string) => {
    for (const [name, value] of Object.entries(SECURE))
      assert.equal(headers[name], value, `${name} of ${what}`);
    assert.match(String(headers['content-security-policy']), /default-src/);
    assert.match(String(headers['strict-transport-security']), /max-age=\d{7}/);
    for (const name of Object.keys(headers))
      assert.doesNotMatch(name, /^access-control-|^server$|^x-powered-by$/, what);
  };
  const authorization = () => `Bearer ${root}`;
  for (const prefix of ['/api/v1', '/scim/v2']) {
    const one = prefix === '/api/v1' ? '/whoami' : '/Schemas';
    const taker = prefix === '/api/v1' ? '/service-accounts' : '/Users';
    const json = { 'content-type': 'application/json', origin: 'https://evil.example' };
    for (const [method, path, status, more] of [
      ['GET', one, 200, {}],
      ['HEAD', one, 200, {}],
      ['GET', one, 401, { authorization: '' }],
      ['HEAD', one, 401, { authorization: '' }],
      ['GET', '/nothing', 404, {}],
      ['OPTIONS', one, 405, { origin: 'https://evil.example', 'access-control-request-method': 'POST' }],
      ['OPTIONS', taker, 405, { 'access-control-request-headers': 'authorization' }],
      ['POST', taker, 400, json],
      ['POST', taker, 415, { 'content-type': 'text/plain' }],
      ['POST', taker, 413, { ...json, 'content-length': '9000000' }],
    ] as const)
      test(`has its headers, and none of CORS: ${method} ${prefix}${path}, ${status}`, async () => {
        const answer = await world.app.inject({
          method,
          url: `${prefix}${path}`,
          headers: { authorization: authorization(), ...more },
          ...(method === 'POST' && { payload: '{' }),
        });
        assert.equal(answer.statusCode, status, answer.body);
        if (method === 'HEAD') assert.equal(answer.body, '');
        check(answer.headers, `${status}`);
      });
  }
  test('also 429 has them', async () => {
    for (let n = 0; n < 200; n++) {
      const answer = await world.app.inject({
        url: '/api/v1/whoami',
        headers: { authorization: 'Bearer x' },
      });
      if (answer.statusCode !== 429) continue;
      check(answer.headers, '429');
      assert.match(String(answer.headers['retry-after']), /^\d+$/);
      return;
    }
    assert.fail('it was never slowed down');
  });
});

const LIMITS: HttpLimits = {
  headersTimeout: 300,
  requestTimeout: 600,
  connectionsCheckingInterval: 50,
  keepAliveTimeout: 60_000,
  maxConnections: 1000,
};
const content = { ready: () => true, onFault: (fault: unknown) => assert.fail(String(fault)) };

describe('a slow client', () => {
  const start = (limits: HttpLimits) =>
    startHttpServer(
      { address: { kind: 'tcp', host: '127.0.0.1', port: 0 }, tls: undefined, mode: 0o660 },
      content,
      (app) => app.post('/echo', async ({ body }) => ({ body })),
      limits,
    );
  const portOf = ({ address }: HttpServer) => Number(address.split(':')[1]);

  for (const [what, sent] of [
    ['whose headers never end', 'GET /livez HTTP/1.1\r\nHost: x\r\nX: '],
    [
      'whose body never ends',
      lines('POST /echo HTTP/1.1', 'Host: x', 'Content-Type: application/json', 'Content-Length: 9'),
    ],
  ] as const)
    test(`${what} is answered 408 and cut off, although it goes on sending`, async () => {
      const server = await start(LIMITS);
      const socket = connect(portOf(server), '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write(sent);
      const drip = setInterval(() => socket.write(' '), 200);
      try {
        assertProblem(await text(socket), 408);
      } finally {
        clearInterval(drip);
        await server.close();
      }
    });

  test('that is one too many is cut off, and those before it are served', async () => {
    const server = await start({
      ...LIMITS,
      headersTimeout: 60_000,
      requestTimeout: 60_000,
      maxConnections: 2,
    });
    const open = async (): Promise<Socket> => {
      const socket = connect(portOf(server), '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write('GET /livez HTTP/1.1\r\nHost: x\r\n');
      await once(socket, 'connect');
      return socket;
    };
    const first = await open();
    const second = await open();
    assert.equal(await text(await open()), '');
    for (const socket of [first, second]) {
      socket.write(`${CLOSE}\r\n\r\n`);
      assert.match(await text(socket), /^HTTP\/1\.1 200 /);
    }
    await server.close();
  });
});

describe('a listener with TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-tls-'));
  const ca = new TestCa();
  const pair = ca.issue('IP:127.0.0.1');
  const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  writeFileSync(files.cert, pair.cert);
  writeFileSync(files.key, pair.key);
  after(() => {
    ca.remove();
    rmSync(folder, { recursive: true });
  });

  /** The version that both settle on, or why they don't. */
  async function settle(to: number, version: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'): Promise<string> {
    const options: ConnectionOptions = {
      host: '127.0.0.1',
      port: to,
      ca: ca.cert,
      minVersion: version,
      maxVersion: version,
      // OpenSSL itself has given TLS 1.1 up, unless it is told that nothing matters.
      ciphers: 'DEFAULT@SECLEVEL=0',
    };
    const socket: TLSSocket = connectTls(options);
    try {
      await once(socket, 'secureConnect');
      return socket.getProtocol() ?? '';
    } catch (error) {
      return error instanceof Error && 'code' in error ? String(error.code) : String(error);
    } finally {
      socket.destroy();
    }
  }

  test('speaks TLS 1.2 and 1.3, nothing older, and no plain HTTP', async () => {
    const server = await startHttpServer(
      {
        address: { kind: 'tcp', host: '127.0.0.1', port: 0 },
        tls: { material: fixed(readServerTlsFiles(files)), allowedClients: [] },
        mode: 0o660,
      },
      content,
    );
    const tlsPort = Number(server.address.split(':')[1]);
    assert.equal(await settle(tlsPort, 'TLSv1.3'), 'TLSv1.3');
    assert.equal(await settle(tlsPort, 'TLSv1.2'), 'TLSv1.2');
    assert.equal(await settle(tlsPort, 'TLSv1.1'), 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
    assert.doesNotMatch(await say(tlsPort, lines('GET /livez HTTP/1.1', 'Host: x', CLOSE)), /200/);
    await server.close();
  });

  test('would be found to speak TLS 1.1, if it did', async () => {
    const old = createSecureServer({ ...pair, minVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' });
    await once(old.listen(0, '127.0.0.1'), 'listening');
    const address = old.address();
    assert.ok(address !== null && typeof address === 'object');
    assert.equal(await settle(address.port, 'TLSv1.1'), 'TLSv1.1');
    old.close();
  });
});
