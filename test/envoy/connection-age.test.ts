import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:http2';
import { test } from 'node:test';
import type { Decision } from '../../src/check/decision.ts';
import { makeAllow } from './decisions.ts';
import { readFixture } from './messages.ts';
import { check, connectTo, startServer } from './test-server.ts';

const plain = readFixture('plain').bytes;
const NO_ERROR = 0;

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
  const stream = session.request({
    ':method': 'POST',
    ':path': '/envoy.service.auth.v3.Authorization/Check',
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  const head = Buffer.alloc(5);
  head.writeUInt32BE(plain.length, 1);
  stream.end(Buffer.concat([head, plain]));
  const trailers = once(stream, 'trailers');
  await running;
  const [code] = await goaway;
  assert.equal(code, NO_ERROR);
  release(makeAllow());
  stream.resume();
  const [status] = await trailers;
  assert.equal(status['grpc-status'], '0');
});

test('a client that asks all the time loses no Check while its connections grow old', async (t) => {
  const server = await startServer({ maxConnectionAgeMs: 100, maxConnectionAgeGraceMs: 10_000 });
  const client = connectTo(server.address);
  const watcher = connect(`http://${server.address}`);
  t.after(() => client.close());
  t.after(() => server.close());
  // Of the same age as the client's first connection: three such lives are long enough.
  let lives = 0;
  const live = (session: typeof watcher) => {
    session.on('error', () => undefined);
    session.once('close', () => {
      lives += 1;
      if (lives < 3) live(connect(`http://${server.address}`));
    });
  };
  live(watcher);
  let calls = 0;
  while (lives < 3) {
    const answers = await Promise.all(Array.from({ length: 10 }, () => check(client, plain)));
    for (const { code } of answers) assert.equal(code, 0);
    calls += answers.length;
  }
  assert.equal(server.decisions, calls);
  assert.deepEqual(server.failures, []);
});
