import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { test } from 'node:test';
import { status as Code } from '@grpc/grpc-js';
import type { Decision } from '../../src/check/decision.ts';
import { EnvoyHeaders } from '../../src/envoy/envoy-headers.ts';
import { httpRequestBytes, readFixture } from '../support/messages.ts';
import {
  check,
  checkAndCancel,
  codeOf,
  connectTo,
  HEALTH,
  healthOf,
  startServer,
} from '../support/test-server.ts';
import { makeAllow, makeDeny } from './decisions.ts';

const plain = readFixture('plain').bytes;
const never = () => new Promise<Decision>(() => {});

test('a decision that is there at once, and one that comes later, are answered alike', async (t) => {
  for (const decide of [() => makeAllow(), async () => makeAllow()]) {
    const server = await startServer({ check: decide });
    const client = connectTo(server.address);
    t.after(() => client.close());
    t.after(() => server.close());
    const answer = await check(client, plain);
    assert.equal(answer.headers['x-pomerium-jwt-assertion'], 'h.p.s');
    assert.equal(server.decisions, 1);
  }
});

test('nothing of a request is left in its memory once it is answered, refused, failed or given up', async (t) => {
  const seen: EnvoyHeaders[] = [];
  let decide: () => Decision | Promise<Decision> = () => makeAllow();
  const server = await startServer({
    check: ({ headers }) => {
      assert.ok(headers instanceof EnvoyHeaders);
      assert.deepEqual(headers.values('x-pomerium-authorization'), ['h.p.s']);
      seen.push(headers);
      return decide();
    },
    checkTimeoutMs: 50,
  });
  const client = connectTo(server.address);
  t.after(() => client.close());
  t.after(() => server.close());
  const request = httpRequestBytes({
    method: 'GET',
    path: '/',
    host: 'a.com',
    headers: { 'x-pomerium-authorization': 'h.p.s' },
  });
  let settle: (decision: Decision) => void = () => undefined;
  const late = new Promise<Decision>((resolve) => {
    settle = resolve;
  });
  for (const each of [
    () => makeAllow(),
    async () => makeAllow(),
    () => makeDeny(),
    async () => makeDeny(),
    () => Promise.reject(new Error('no store')),
    () => {
      throw new Error('a fault');
    },
    () => late,
  ]) {
    decide = each;
    await codeOf(check(client, request));
  }
  // It may still be read by whoever is late.
  assert.deepEqual(seen.at(-1)?.values('x-pomerium-authorization'), ['h.p.s']);
  settle(makeAllow());
  await new Promise(setImmediate);
  assert.equal(seen.length, 7);
  for (const headers of seen) assert.deepEqual(headers.values('x-pomerium-authorization'), ['\0\0\0\0\0']);
});

test('a denial is an answer, not an error', async (t) => {
  const server = await startServer({ check: () => makeDeny() });
  const client = connectTo(server.address);
  t.after(() => client.close());
  t.after(() => server.close());
  assert.equal((await check(client, plain)).httpStatus, 401);
  assert.deepEqual(server.failures, []);
});

test('a fault is UNAVAILABLE, says nothing of its cause, and the next call is answered', async (t) => {
  const secret = new Error('redis://:password@host is down');
  const faults: readonly (() => Decision | Promise<Decision>)[] = [
    () => {
      throw secret;
    },
    () => Promise.reject(secret),
    // An answer that can't be encoded is one too.
    () => ({ ...makeAllow(), reasons: undefined }) as unknown as Decision,
    () => Promise.resolve(undefined as unknown as Decision),
  ];
  let at = 0;
  const server = await startServer({ check: () => faults[at++]?.() ?? makeAllow() });
  const client = connectTo(server.address);
  t.after(() => client.close());
  t.after(() => server.close());
  for (const _ of faults)
    assert.deepEqual(await codeOf(check(client, plain)), {
      code: Code.UNAVAILABLE,
      details: 'the check could not be made',
    });
  assert.deepEqual(
    server.failures.map(({ kind }) => kind),
    faults.map(() => 'fault'),
  );
  assert.equal(server.failures[0]?.error, secret);
  assert.equal((await check(client, plain)).code, 0);
});

test('bytes that are no CheckRequest are INVALID_ARGUMENT', async (t) => {
  const server = await startServer();
  const client = connectTo(server.address);
  t.after(() => client.close());
  t.after(() => server.close());
  for (const bytes of [
    Buffer.alloc(0),
    Buffer.from('garbage'),
    Buffer.alloc(1_000_000, 0x0b),
    plain.subarray(0, 99),
  ])
    assert.equal((await codeOf(check(client, bytes))).code, Code.INVALID_ARGUMENT);
  assert.deepEqual(
    server.failures.map(({ kind }) => kind),
    Array(4).fill('invalid'),
  );
});

test('large requests are decided', async (t) => {
  const sizes: number[] = [];
  const server = await startServer({
    check: (request) => {
      sizes.push(request.headers.names().length);
      return makeAllow();
    },
  });
  const client = connectTo(server.address);
  t.after(() => client.close());
  t.after(() => server.close());
  const many = Object.fromEntries(
    Array.from({ length: 10_000 }, (_, at) => [`x-pomerium-claim-${at}`, 'forged']),
  );
  assert.equal((await check(client, httpRequestBytes({ headers: { big: 'a'.repeat(5_000_000) } }))).code, 0);
  assert.ok((await check(client, httpRequestBytes({ headers: many }))).removed.length > 10_000);
  assert.deepEqual(sizes, [1, 10_000]);
});

test('our own time limit ends a check that hangs, and tells it so', async (t) => {
  let signal: AbortSignal | undefined;
  const server = await startServer({
    checkTimeoutMs: 20,
    check: (_, makeSignal) => {
      signal = makeSignal();
      return never();
    },
  });
  const client = connectTo(server.address);
  t.after(() => client.close());
  t.after(() => server.close());
  const { code, details } = await codeOf(check(client, plain));
  assert.deepEqual([code, details], [Code.DEADLINE_EXCEEDED, 'the check took too long']);
  assert.equal(server.failures[0]?.kind, 'timeout');
  assert.equal(signal?.aborted, true);
});

test('what a check comes to after we gave up on it is dropped', async (t) => {
  let fail: (error: Error) => void = () => {};
  const server = await startServer({
    checkTimeoutMs: 20,
    check: () =>
      new Promise<Decision>((_, reject) => {
        fail = reject;
      }),
  });
  const client = connectTo(server.address);
  t.after(() => client.close());
  t.after(() => server.close());
  await codeOf(check(client, plain));
  fail(new Error('late'));
  await new Promise(setImmediate);
  assert.deepEqual(
    server.failures.map(({ kind }) => kind),
    ['timeout'],
  );
});

for (const [about, end] of [
  ["the caller's deadline", () => ({ deadline: Date.now() + 50, cancels: false })],
  ["the caller's cancellation", () => ({ deadline: Date.now() + 20_000, cancels: true })],
] as const)
  test(`${about} aborts the check`, async (t) => {
    let started: (signal: AbortSignal) => void = () => {};
    const running = new Promise<AbortSignal>((resolve) => {
      started = resolve;
    });
    const server = await startServer({
      check: (_, signal) => {
        started(signal());
        return never();
      },
    });
    const client = connectTo(server.address);
    t.after(() => client.close());
    t.after(() => server.close());
    const { deadline, cancels } = end();
    const { answer, cancel } = checkAndCancel(client, plain, deadline);
    const code = codeOf(answer);
    const signal = await running;
    const aborted = once(signal, 'abort');
    if (cancels) cancel();
    await aborted;
    assert.equal((await code).code, cancels ? Code.CANCELLED : Code.DEADLINE_EXCEEDED);
    assert.deepEqual(
      server.failures.map(({ kind }) => kind),
      ['cancelled'],
    );
  });

test('an observer that throws harms no call', async (t) => {
  const broken = () => {
    throw new Error('observer');
  };
  for (const decide of [() => makeAllow(), async () => makeAllow()]) {
    const server = await startServer({ check: decide, onDecision: broken, onFailure: broken });
    const client = connectTo(server.address);
    t.after(() => client.close());
    t.after(() => server.close());
    for (let call = 0; call < 3; call++) assert.equal((await check(client, plain)).code, 0);
    assert.equal((await codeOf(check(client, Buffer.alloc(0)))).code, Code.INVALID_ARGUMENT);
  }
});

test('a connection that speaks no HTTP/2 harms nobody', async (t) => {
  const server = await startServer();
  const client = connectTo(server.address);
  t.after(() => client.close());
  t.after(() => server.close());
  const [host, port] = server.address.split(':');
  const socket = connect(Number(port), host);
  socket.on('error', () => {});
  socket.end('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  socket.resume();
  await once(socket, 'close');
  assert.equal((await check(client, plain)).code, 0);
});

test('health is NOT_SERVING until it is told otherwise, for the server and its service', async (t) => {
  const server = await startServer();
  const client = connectTo(server.address);
  t.after(() => client.close());
  t.after(() => server.close());
  for (const [serving, expected] of [
    [undefined, 'NOT_SERVING'],
    [true, 'SERVING'],
    [false, 'NOT_SERVING'],
  ] as const) {
    if (serving !== undefined) server.setServing(serving);
    for (const service of ['', 'envoy.service.auth.v3.Authorization'])
      assert.equal(await healthOf(client, service), expected);
  }
  assert.equal((await codeOf(healthOf(client, 'unknown'))).code, Code.NOT_FOUND);
});

test('a drain finishes the calls in flight, ends watches and takes no new ones', async (t) => {
  let release: (decision: Decision) => void = () => {};
  let started: () => void = () => {};
  const running = new Promise<void>((resolve) => {
    started = resolve;
  });
  const server = await startServer({
    check: () => {
      started();
      return new Promise<Decision>((resolve) => {
        release = resolve;
      });
    },
  });
  server.setServing(true);
  const client = connectTo(server.address);
  const late = connectTo(server.address);
  t.after(() => client.close());
  t.after(() => late.close());

  const seen: string[] = [];
  const watch = HEALTH.Watch;
  assert.ok(watch);
  const stream = client.makeServerStreamRequest(
    watch.path,
    watch.requestSerialize,
    watch.responseDeserialize,
    { service: '' },
  );
  stream.on('data', ({ status }: { status: string }) => seen.push(status));
  await once(stream, 'data');
  const ended = once(stream, 'end');

  const answer = check(client, plain);
  await running;
  const drained = server.drain(60_000);
  await ended;
  assert.deepEqual(seen, ['SERVING', 'NOT_SERVING']);
  assert.equal((await codeOf(check(late, plain))).code, Code.UNAVAILABLE);
  release(makeAllow());
  assert.equal((await answer).code, 0);
  await drained;
});

test('a drain breaks off what has not ended by the end of its grace', async (t) => {
  let started: () => void = () => {};
  const running = new Promise<void>((resolve) => {
    started = resolve;
  });
  const server = await startServer({
    check: () => {
      started();
      return never();
    },
  });
  const client = connectTo(server.address);
  t.after(() => client.close());
  const code = codeOf(check(client, plain));
  await running;
  await server.drain(20);
  assert.notEqual((await code).code, 0);
});

test('an address that is taken stops the start, and nothing is left listening', async (t) => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  t.after(() => holder.close());
  const taken = holder.address();
  const free = createServer().listen(0, '127.0.0.1');
  await once(free, 'listening');
  const first = free.address();
  free.close();
  await once(free, 'close');
  assert.ok(typeof taken === 'object' && taken && typeof first === 'object' && first);
  const listen = [first, taken].map(({ port }) => ({ kind: 'tcp', host: '127.0.0.1', port }) as const);
  await assert.rejects(startServer({ listen }), /EADDRINUSE/);
  const probe = connect(first.port, '127.0.0.1');
  const [error] = (await once(probe, 'error')) as [NodeJS.ErrnoException];
  assert.equal(error.code, 'ECONNREFUSED');
});
