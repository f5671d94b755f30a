import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { get, type IncomingMessage, request } from 'node:http';
import { type RequestOptions, get as secureGet } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, describe, it } from 'node:test';
import { readServerTlsFiles } from '../../src/files/tls-files.ts';
import { fixed } from '../../src/files/watch-files.ts';
import { buildHttpServer, type HttpListener, startHttpServer } from '../../src/http/http-server.ts';
import type { SidecarContent } from '../../src/http/sidecar-routes.ts';
import { SocketUnavailable } from '../../src/sockets/unix-socket.ts';

const folder = mkdtempSync(join(tmpdir(), 'sallyport-http-'));
after(() => rmSync(folder, { recursive: true }));

const JWKS = '/.well-known/pomerium/jwks.json';
const content: SidecarContent = {
  ready: () => true,
  jwks: () => ({ keys: [{ kid: 'k1' }] }),
  metrics: async () => ({ contentType: 'text/plain; version=0.0.4; charset=utf-8', text: 'a 1\n' }),
  onFault: (fault) => assert.fail(String(fault)),
};
const loopback: HttpListener = {
  address: { kind: 'tcp', host: '127.0.0.1', port: 0 },
  tls: undefined,
  mode: 0o660,
};

describe('/readyz', () => {
  it('stays good where records can not be used, and names them', async () => {
    const ready = async (ids: readonly string[]) => {
      const app = buildHttpServer({ ...content, recordFaults: () => ids });
      const { statusCode, body } = await app.inject('/readyz');
      return [statusCode, body];
    };
    assert.deepEqual(await ready([]), [200, 'ok\n']);
    assert.deepEqual(await ready(['policy a', 'route b']), [
      200,
      'ok\ndegraded: unusable records: policy a, route b\n',
    ]);
    const app = buildHttpServer({
      ...content,
      degraded: () => 'no contact',
      recordFaults: () => ['policy a'],
    });
    assert.equal(
      (await app.inject('/readyz')).body,
      'ok\ndegraded: no contact\ndegraded: unusable records: policy a\n',
    );
    const many = Array.from({ length: 500 }, (_, index) => `p${index}`);
    assert.match(String((await ready(many))[1]), /^ok\n.*, p19, …\n$/);
  });
});

describe('the HTTP side', () => {
  const app = buildHttpServer(content);
  const ANSWERS = [
    ['GET', '/livez', 200, 'no-store'],
    ['GET', '/readyz', 200, 'no-store'],
    ['GET', '/metrics', 200, 'no-store'],
    ['GET', JWKS, 200, 'public, max-age=60'],
    ['HEAD', JWKS, 200, 'public, max-age=60'],
    ['HEAD', '/livez', 200, 'no-store'],
    ['GET', '/livez?verbose', 200, 'no-store'],
    ['GET', '/', 404, 'no-store'],
    ['GET', '/livez/', 404, 'no-store'],
    ['GET', '/%zz', 400, 'no-store'],
    ['POST', '/', 404, 'no-store'],
    ['POST', JWKS, 405, 'no-store'],
    ['PUT', '/readyz', 405, 'no-store'],
    ['DELETE', '/metrics', 405, 'no-store'],
    ['OPTIONS', '/livez', 405, 'no-store'],
  ] as const;
  for (const [method, url, status, caching] of ANSWERS) {
    it(`answers ${method} ${url} with ${status}`, async () => {
      const answer = await app.inject({ method, url, ...(method === 'POST' && { payload: { a: 1 } }) });
      assert.equal(answer.statusCode, status);
      assert.equal(answer.headers['cache-control'], caching);
      assert.equal(answer.headers['x-content-type-options'], 'nosniff');
      if (method === 'HEAD') assert.equal(answer.body, '');
      if (status === 405) assert.equal(answer.headers.allow, 'GET, HEAD');
      if (status < 400) return;
      assert.match(String(answer.headers['content-type']), /^application\/problem\+json/);
      assert.equal(answer.json().status, status);
      assert.doesNotMatch(answer.body, /%zz|FST_/);
    });
  }

  it('shows the public keys as JSON', async () => {
    const answer = await app.inject(JWKS);
    assert.match(String(answer.headers['content-type']), /^application\/json/);
    assert.deepEqual(answer.json(), { keys: [{ kid: 'k1' }] });
  });

  it('is not ready while it does not serve, and says why', async () => {
    const answer = await buildHttpServer({ ...content, ready: () => 'the store is out of reach' }).inject(
      '/readyz',
    );
    assert.equal(answer.statusCode, 503);
    assert.equal(answer.json().detail, 'the store is out of reach');
    assert.equal(
      (await buildHttpServer({ ...content, ready: () => false }).inject('/readyz')).statusCode,
      503,
    );
  });

  it('tells the log about a fault, and the caller nothing, nor a cache', async () => {
    const faults: unknown[] = [];
    const fault = new Error('hunter2');
    const broken = buildHttpServer({
      ...content,
      jwks: () => {
        throw fault;
      },
      onFault: (thrown) => faults.push(thrown),
    });
    const answer = await broken.inject(JWKS);
    assert.equal(answer.statusCode, 500);
    assert.equal(answer.headers['cache-control'], 'no-store');
    assert.doesNotMatch(answer.body, /hunter2/);
    assert.deepEqual(faults, [fault]);
  });
});

async function responseOf(sent: ReturnType<typeof get>): Promise<IncomingMessage> {
  const [response]: IncomingMessage[] = await once(sent, 'response');
  return response ?? assert.fail();
}

describe('a request with a body', () => {
  for (const [path, status] of [
    ['/livez', 405],
    ['/elsewhere', 404],
  ] as const)
    it(`is answered with ${status} by the sidecar's own server before the body has come, and its connection ends (${path})`, async () => {
      const server = await startHttpServer(loopback, content);
      const port = Number(server.address.split(':').at(-1));
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write(
        `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 8000000\r\n\r\n{`,
      );
      // The body never comes: an answer that waited for it would not either.
      assert.match(await text(socket), new RegExp(`^HTTP/1.1 ${status} [^]*connection: close`, 'i'));
      await server.close();
    });
});

describe('listening', () => {
  it('answers on TCP at the address that it names, and no more once closed', async () => {
    const server = await startHttpServer(loopback, content);
    assert.match(server.address, /^127\.0\.0\.1:\d+$/);
    const response = await responseOf(get(`http://${server.address}/livez`, { agent: false }));
    assert.equal(await text(response), 'ok\n');
    await server.close();
    await assert.rejects(responseOf(get(`http://${server.address}/livez`, { agent: false })), {
      code: 'ECONNREFUSED',
    });
  });

  it('answers a request with headers beyond its bound by 431, and one that is not HTTP by 400', async () => {
    const server = await startHttpServer(loopback, content);
    const response = await responseOf(
      get(`http://${server.address}/livez`, { headers: { x: 'a'.repeat(20_000) } }),
    );
    assert.equal(response.statusCode, 431);
    response.resume();
    const socket = connect(Number(server.address.split(':')[1]), '127.0.0.1');
    socket.end('\0\0\0\r\n\r\n');
    assert.match(await text(socket), /^HTTP\/1\.1 400 /);
    await server.close();
  });

  it('refuses a body that it did not ask for without reading it', async () => {
    const server = await startHttpServer(loopback, content);
    const sent = request(`http://${server.address}/livez`, {
      method: 'POST',
      headers: { 'content-length': 1e9, 'content-type': 'application/json' },
    });
    sent.on('error', () => undefined);
    sent.flushHeaders();
    assert.equal((await responseOf(sent)).statusCode, 405);
    sent.destroy();
    await server.close();
  });

  it('answers on a Unix socket of its mode, replacing one that a killed process left', async () => {
    const path = join(folder, 'http.sock');
    const left = spawn(
      process.execPath,
      ['-e', `require('net').createServer().listen(${JSON.stringify(path)}, () => console.log('up'))`],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    await once(left.stdout, 'data');
    const listen: HttpListener = { address: { kind: 'unix', path }, tls: undefined, mode: 0o600 };
    await assert.rejects(startHttpServer(listen, content), SocketUnavailable);
    left.kill('SIGKILL');
    await once(left, 'exit');
    const server = await startHttpServer(listen, content);
    assert.equal(server.address, `unix:${path}`);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.equal(await text(await responseOf(get({ socketPath: path, path: '/livez' }))), 'ok\n');
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.startsWith('.')),
      [],
    );
    await server.close();
    assert.ok(!existsSync(path));
  });

  it('leaves a file alone that is no socket', async () => {
    const path = join(folder, 'precious');
    writeFileSync(path, 'x');
    await assert.rejects(
      startHttpServer({ address: { kind: 'unix', path }, tls: undefined, mode: 0o660 }, content),
      SocketUnavailable,
    );
    assert.equal(readFileSync(path, 'utf8'), 'x');
  });
});

describe('TLS', () => {
  const certify = (name: string, subjectAltName: string) =>
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-nodes',
        '-keyout',
        `${name}.key`,
        '-out',
        `${name}.crt`,
        '-subj',
        `/CN=${name}`,
        '-days',
        '2',
        '-addext',
        `subjectAltName=${subjectAltName}`,
      ],
      { cwd: folder, stdio: 'ignore' },
    );
  certify('server', 'IP:127.0.0.1');
  certify('prometheus', 'DNS:prometheus.mesh');
  certify('spiffe', 'URI:spiffe://mesh/prometheus');
  certify('other', 'DNS:other.mesh');
  certify('stranger', 'DNS:prometheus.mesh');
  const pem = (file: string) => readFileSync(join(folder, file), 'utf8');
  const trusted = join(folder, 'clients.pem');
  writeFileSync(trusted, ['prometheus', 'spiffe', 'other'].map((name) => pem(`${name}.crt`)).join(''));
  const tls = {
    cert: join(folder, 'server.crt'),
    key: join(folder, 'server.key'),
  };

  const ask = async (address: string, options: RequestOptions) =>
    text(
      await responseOf(
        secureGet(`https://${address}/livez`, { ca: pem('server.crt'), agent: false, ...options }),
      ),
    );

  it('of the server alone asks for no client certificate', async () => {
    const server = await startHttpServer(
      { ...loopback, tls: { material: fixed(readServerTlsFiles(tls)), allowedClients: [] } },
      content,
    );
    assert.equal(await ask(server.address, {}), 'ok\n');
    await server.close();
  });

  it('with a client CA admits the named clients and no other', async () => {
    const mutual = {
      material: fixed(readServerTlsFiles({ ...tls, ca: trusted })),
      allowedClients: ['prometheus.mesh', 'spiffe://mesh/prometheus'],
    };
    const server = await startHttpServer({ ...loopback, tls: mutual }, content);
    const as = (name: string) => ask(server.address, { cert: pem(`${name}.crt`), key: pem(`${name}.key`) });
    assert.equal(await as('prometheus'), 'ok\n');
    assert.equal(await as('spiffe'), 'ok\n');
    await assert.rejects(as('other'));
    await assert.rejects(as('stranger'));
    await assert.rejects(ask(server.address, {}));
    await server.close();
  });
});
