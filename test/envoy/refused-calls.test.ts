import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:http2';
import { after, type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { status as Code, credentials } from '@grpc/grpc-js';
import { fixed } from '../../src/files/watch-files.ts';
import { TestCa } from '../support/certificates.ts';
import { readFixture } from '../support/messages.ts';
import { check, codeOf, connectTo, startServer } from '../support/test-server.ts';

const plain = readFixture('plain').bytes;
const ca = new TestCa();
after(() => ca.remove());

/** One call in HTTP/2 frames. @returns grpc-status */
async function callRaw(t: TestContext, address: string, frame: Buffer, headers: Record<string, string> = {}) {
  const session = connect(`http://${address}`);
  t.after(() => session.close());
  const stream = session.request({
    ':method': 'POST',
    ':path': '/envoy.service.auth.v3.Authorization/Check',
    'content-type': 'application/grpc',
    te: 'trailers',
    ...headers,
  });
  stream.on('error', () => undefined);
  stream.end(frame);
  const [answer] = await once(stream, 'response');
  stream.close();
  return Number(answer['grpc-status']);
}

function frameOf(message: Buffer, compressed = false): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(compressed ? 1 : 0, 0);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

test('a message over the limit (17 MiB) is counted and told with its size and its peer', async (t) => {
  const server = await startServer();
  const client = connectTo(server.address);
  t.after(() => client.close());
  t.after(() => server.close());
  const { code } = await codeOf(check(client, Buffer.alloc(17 * 1024 * 1024)));
  assert.equal(code, Code.RESOURCE_EXHAUSTED);
  assert.equal(server.refusedCalls.length, 1);
  const [refused] = server.refusedCalls;
  assert.equal(refused?.kind, 'message-too-large');
  assert.match(refused.problem, /17825792/);
  assert.match(refused.peer, /^127\.0\.0\.1:\d+$/);
  assert.equal((await check(client, plain)).code, 0);
  assert.equal(server.refusedCalls.length, 1);
});

test('so is one on a listener with TLS and allowed clients', async (t) => {
  const server = await startServer({
    listen: [
      {
        kind: 'tcp',
        host: '127.0.0.1',
        port: 0,
        tls: {
          material: fixed({ pair: ca.issue('DNS:localhost'), ca: ca.cert }),
          allowedClientNames: ['envoy'],
        },
      },
    ],
  });
  const pair = ca.issue('DNS:envoy');
  const client = connectTo(server.address, credentials.createSsl(ca.cert, pair.key, pair.cert));
  t.after(() => client.close());
  t.after(() => server.close());
  await codeOf(check(client, Buffer.alloc(17 * 1024 * 1024)));
  assert.deepEqual(
    server.refusedCalls.map(({ kind }) => kind),
    ['message-too-large'],
  );
});

const bomb = gzipSync(Buffer.alloc(17 * 1024 * 1024));
const ROWS: readonly (readonly [
  what: string,
  frame: Buffer,
  headers: Record<string, string>,
  kind: string,
])[] = [
  [
    'that grows beyond the limit when it is decompressed',
    frameOf(bomb, true),
    { 'grpc-encoding': 'gzip' },
    'message-too-large',
  ],
  ['that can not be decompressed', frameOf(plain, true), { 'grpc-encoding': 'gzip' }, 'malformed-call'],
  ['in an unknown encoding', frameOf(plain, true), { 'grpc-encoding': 'br' }, 'malformed-call'],
  ['with a deadline that is none', frameOf(plain), { 'grpc-timeout': 'soon' }, 'malformed-call'],
  ['without a message', Buffer.alloc(0), {}, 'malformed-call'],
  ['with a second message', Buffer.concat([frameOf(plain), frameOf(plain)]), {}, 'malformed-call'],
];
for (const [what, frame, headers, kind] of ROWS)
  test(`a call ${what} is counted and told: ${kind}`, async (t) => {
    const server = await startServer();
    t.after(() => server.close());
    assert.notEqual(await callRaw(t, server.address, frame, headers), Code.OK);
    assert.deepEqual(
      server.refusedCalls.map((refused) => refused.kind),
      [kind],
    );
    assert.equal(server.decisions + server.failures.length, 0);
  });

test('an answer of our own, whatever it is, is no refused call', async (t) => {
  const answers = [() => Promise.reject(new Error('no store')), () => new Promise<never>(() => undefined)];
  let at = 0;
  const server = await startServer({
    checkTimeoutMs: 20,
    check: () => answers[at++]?.() ?? assert.fail('no more'),
  });
  const client = connectTo(server.address);
  t.after(() => client.close());
  t.after(() => server.close());
  for (const _ of answers) await codeOf(check(client, plain));
  await codeOf(check(client, Buffer.from('garbage')));
  assert.equal(server.failures.length, 3);
  assert.deepEqual(server.refusedCalls, []);
});
