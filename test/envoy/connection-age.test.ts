import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type ClientHttp2Session, connect } from 'node:http2';
import { type AddressInfo, connect as connectSocket, createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Decision } from '../../src/check/decision.ts';
import { readFixture } from '../support/messages.ts';
import { startServer } from '../support/test-server.ts';
import { makeAllow } from './decisions.ts';

const plain = readFixture('plain').bytes;
const NO_ERROR = 0;

/** One Check, made once. @returns its grpc-status */
async function ask(session: ClientHttp2Session): Promise<unknown> {
  const stream = session.request({
    ':method': 'POST',
    ':path': '/envoy.service.auth.v3.Authorization/Check',
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  const head = Buffer.alloc(5);
  head.writeUInt32BE(plain.length, 1);
  stream.end(Buffer.concat([head, plain]));
  stream.resume();
  const [trailers] = await once(stream, 'trailers');
  return trailers['grpc-status'];
}

/** A network over which each byte from the server takes so many milliseconds. @returns its address */
async function startSlowNetwork(t: TestContext, to: string, milliseconds: number): Promise<string> {
  const [host, port] = to.split(':');
  const proxy = createServer((client) => {
    const server = connectSocket(Number(port), host);
    client.pipe(server);
    server.on('data', (chunk) => void delay(milliseconds).then(() => client.write(chunk)));
    server.once('end', () => void delay(milliseconds).then(() => client.end()));
    for (const socket of [client, server]) socket.on('error', () => undefined);
    t.after(() => client.destroy());
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  t.after(() => proxy.close());
  return `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
}

test('a connection that reaches max_connection_age gets GOAWAY, and the Check in flight its answer', async (t) => {
  let release: (decision: Decision) => void = () => undefined;
  let started: () => void = () => undefined;
  const running = new Promise<void>((resolve) => {
    started = resolve;
  });
  const server = await startServer({
    maxConnectionAgeMs: 300,
    maxConnectionAgeGraceMs: 60_000,
    check: () =>
      new Promise((resolve) => {
        release = resolve;
        started();
      }),
    checkTimeoutMs: 60_000,
  });
  t.after(() => server.close());
  const session = connect(`http://${server.address}`);
  t.after(() => session.destroy());
  const goaway = once(session, 'goaway');
  const answered = ask(session);
  await running;
  const [code] = await goaway;
  assert.equal(code, NO_ERROR);
  release(makeAllow());
  assert.equal(await answered, '0');
});

test('a client that reads each GOAWAY late loses no Check: those on their way are refused undecided, and safe to make again', async (t) => {
  const server = await startServer({ maxConnectionAgeMs: 200, maxConnectionAgeGraceMs: 60_000 });
  t.after(() => server.close());
  const address = await startSlowNetwork(t, server.address, 200);
  let ended = 0;
  const open = () => {
    const session = connect(`http://${address}`);
    session.once('goaway', () => {
      ended += 1;
      current = open();
    });
    t.after(() => session.destroy());
    return session;
  };
  let current = open();
  // As RFC 9113 §8.7 allows, and as the retry_policy of envoy.yaml has Envoy do.
  const askUntilTaken = async (): Promise<unknown> => {
    for (;;)
      try {
        return await ask(current);
      } catch (error) {
        if (!String(error).includes('NGHTTP2_REFUSED_STREAM')) throw error;
        refused += 1;
      }
  };
  let refused = 0;
  const answers: Promise<unknown>[] = [];
  while (ended < 3) {
    answers.push(askUntilTaken());
    await delay(5);
  }
  assert.deepEqual([...new Set(await Promise.all(answers))], ['0']);
  assert.ok(refused > 0, 'GOAWAY and a Check have met');
  assert.equal(server.decisions, answers.length, 'none was decided twice');
});
