import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Client, credentials, status as grpcStatus, type ServiceError } from '@grpc/grpc-js';
import type { JWK } from 'jose';
import { readCredentialKey, resignToken } from '../support/forge-token.ts';
import { checkRequestBytes, httpRequestBytes, readAnswer, readFixture } from '../support/messages.ts';
import type { CreatedCredential } from '../support/sidecar.ts';
import { type Stack, startStack } from '../support/stack.ts';
import { waitUntil } from '../support/wait-until.ts';
import { applyResources, type Written } from './apply-resources.ts';

const MB = 1024 * 1024;
/** What one Check may take on a machine that is busy with others, in milliseconds: backtracking would take years. */
const PATIENCE = 10_000;

let stack: Stack;
let client: Client;
let robot: CreatedCredential;
let key: JWK;
let pid: number;
before(async () => {
  stack = await startStack({ check_timeout: '5s' });
  const regexRoute: Written = {
    kind: 'Route',
    id: 'regex',
    namespace: 'team-a',
    hosts: ['regex.named.localhost'],
    path: { regex: '/(a+)+(a|aa)+(.*a){20}$' },
    policies: ['everyone'],
  };
  await applyResources(stack.sidecar, regexRoute);
  robot = await stack.createAccount('robot', 'team-a');
  key = readCredentialKey(join(stack.folder, 'store'));
  client = new Client(`127.0.0.1:${stack.sidecar.grpcPort}`, credentials.createInsecure(), {
    'grpc.max_send_message_length': -1,
  });
  pid = stack.sidecar.child().pid;
  await answerTo(httpRequest());
});
after(async () => {
  client.close();
  await stack.stop();
});

const bytes = (value: Buffer) => value;

/** `200`, `401 token-invalid`, or the gRPC error. */
function answerTo(request: Buffer): Promise<string> {
  return new Promise((done) => {
    client.makeUnaryRequest(
      '/envoy.service.auth.v3.Authorization/Check',
      bytes,
      bytes,
      request,
      { deadline: Date.now() + PATIENCE },
      (error: ServiceError | null, answer?: Buffer) => {
        if (error || !answer) return done(grpcStatus[error?.code ?? 2] ?? '');
        const { httpStatus, metadata } = readAnswer(answer);
        done(httpStatus === 0 ? '200' : `${httpStatus} ${metadata.reason}`);
      },
    );
  });
}

function httpRequest({
  token = robot.jwt,
  ...http
}: {
  token?: string;
  [field: string]: unknown;
} = {}): Buffer {
  const headers = { 'x-pomerium-authorization': token };
  return httpRequestBytes({ id: '1', method: 'GET', host: 'verify.localhost', path: '/', headers, ...http });
}

function rawHeaders(...extra: readonly { key: string; rawValue: Buffer }[]): Record<string, unknown> {
  const headers = [{ key: 'x-pomerium-authorization', rawValue: Buffer.from(robot.jwt) }, ...extra];
  return { headers: {}, headerMap: { headers } };
}

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
const unsignedToken = (header: string, claims: string) =>
  `${[header, claims].map((part) => Buffer.from(part).toString('base64url')).join('.')}.${'A'.repeat(86)}`;

interface Row {
  readonly what: string;
  readonly request: () => Buffer | Promise<Buffer>;
  readonly answer: string;
}

const ROWS: readonly Row[] = [
  { what: 'no bytes at all', request: () => Buffer.alloc(0), answer: 'INVALID_ARGUMENT' },
  { what: 'no attributes', request: () => checkRequestBytes({}), answer: 'INVALID_ARGUMENT' },
  {
    what: 'no request in the attributes',
    request: () => checkRequestBytes({ attributes: {} }),
    answer: 'INVALID_ARGUMENT',
  },
  { what: 'bytes that are no message', request: () => Buffer.alloc(1000, 0xff), answer: 'INVALID_ARGUMENT' },
  {
    what: 'a message that is cut off',
    request: () => httpRequest().subarray(0, -10),
    answer: 'INVALID_ARGUMENT',
  },
  {
    what: 'a length beyond its end',
    request: () => Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x07, 0x00]),
    answer: 'INVALID_ARGUMENT',
  },
  {
    what: 'groups without an end',
    request: () => Buffer.alloc(100_000, 0x0b),
    answer: 'INVALID_ARGUMENT',
  },
  {
    what: 'more than 16 MiB',
    request: () => withMore(17 * MB),
    answer: 'RESOURCE_EXHAUSTED',
  },
  { what: '10 MiB that mean nothing to us', request: () => withMore(10 * MB), answer: '200' },
  {
    what: '10,000 headers',
    request: () =>
      httpRequest(
        rawHeaders(
          ...Array.from({ length: 10_000 }, (_, at) => ({ key: `x-${at}`, rawValue: Buffer.from(`${at}`) })),
        ),
      ),
    answer: '200',
  },
  {
    what: '10,000 forged identity headers',
    request: () =>
      httpRequest(
        rawHeaders(
          ...Array.from({ length: 10_000 }, (_, at) => ({
            key: `x-pomerium-claim-${at}`,
            rawValue: Buffer.from('forged'),
          })),
        ),
      ),
    answer: '200',
  },
  {
    what: 'the credential 10,000 times',
    request: () =>
      httpRequest(
        rawHeaders(
          ...Array.from({ length: 10_000 }, () => ({
            key: 'x-pomerium-authorization',
            rawValue: Buffer.from(robot.jwt.slice(0, 100)),
          })),
        ),
      ),
    answer: '401 token-invalid',
  },
  {
    what: 'a header of 1 MB',
    request: () => httpRequest(rawHeaders({ key: 'x-big', rawValue: Buffer.alloc(MB, 'a') })),
    answer: '200',
  },
  {
    what: 'a header name of 1 MB',
    request: () => httpRequest(rawHeaders({ key: 'x'.repeat(MB), rawValue: Buffer.from('a') })),
    answer: '200',
  },
  {
    what: 'an Authorization of 1 MB of spaces and commas',
    request: () => httpRequest({ token: '', ...authorization(`Pomerium ${' ,\t'.repeat(MB / 3)}`) }),
    answer: '401 token-invalid',
  },
  {
    what: 'NULs in the headers',
    request: () => httpRequest(rawHeaders({ key: 'x-\0', rawValue: Buffer.alloc(100) })),
    answer: '200',
  },
  {
    what: 'NULs in the path',
    request: () => httpRequest({ path: '/open/\0' }),
    answer: '400 path-ambiguous',
  },
  {
    what: 'NULs in the host',
    request: () => httpRequest({ host: 'verify.localhost\0' }),
    answer: '400 host-invalid',
  },
  {
    what: 'NULs in the method',
    request: () => httpRequest({ path: '/reads/a', method: 'GET\0' }),
    answer: '403 http-method-unauthorized',
  },
  {
    what: 'NULs in the credential',
    request: () => httpRequest({ token: `${robot.jwt}\0` }),
    answer: '401 token-invalid',
  },
  {
    what: 'a path that is no UTF-8',
    request: () => withBytes(httpRequest({ path: '/open/@@' }), '/open/@@', '/open/\xff\xfe'),
    answer: '400 path-ambiguous',
  },
  {
    what: 'a host that is no UTF-8',
    request: () =>
      withBytes(httpRequest({ host: 'verify.localhos@' }), 'verify.localhos@', 'verify.localhos\xff'),
    answer: '400 host-invalid',
  },
  {
    what: 'a credential that is no UTF-8',
    request: () => httpRequest({ headers: {}, ...rawCredential(Buffer.from(`${robot.jwt}\xff`, 'latin1')) }),
    answer: '401 token-invalid',
  },
  {
    what: 'a host of 1 MB',
    request: () => httpRequest({ host: 'a.'.repeat(MB / 2) }),
    answer: '400 host-invalid',
  },
  {
    what: 'a path of 1 MB',
    request: () => httpRequest({ path: `/open/${'a/'.repeat(MB / 2)}` }),
    answer: '200',
  },
  {
    what: 'a token of 1 MB',
    request: () => httpRequest({ token: 'A'.repeat(MB) }),
    answer: '401 token-invalid',
  },
  {
    what: 'a token of 1 MB that begins like a good one',
    request: () => httpRequest({ token: `${robot.jwt}${'A'.repeat(MB)}` }),
    answer: '401 token-invalid',
  },
  {
    what: 'a token of dots',
    request: () => httpRequest({ token: '.'.repeat(8000) }),
    answer: '401 token-invalid',
  },
  {
    what: 'deeply nested JSON in the header of a token',
    request: () => httpRequest({ token: unsignedToken(nested(2500), '{}') }),
    answer: '401 token-invalid',
  },
  {
    what: 'deeply nested JSON in the claims of a token',
    request: () => httpRequest({ token: unsignedToken(`{"alg":"EdDSA","kid":"${key.kid}"}`, nested(2500)) }),
    answer: '401 token-invalid',
  },
  {
    what: 'deeply nested JSON that is signed',
    request: async () =>
      httpRequest({
        token: await resignToken(robot, key, {
          claims: { aud: JSON.parse(nested(2000)), sub: JSON.parse(nested(500)) },
        }),
      }),
    answer: '401 token-invalid',
  },
  {
    what: 'claims named like the platform’s own',
    request: () =>
      httpRequest({
        token: unsignedToken(`{"__proto__":{"alg":"EdDSA","kid":"${key.kid}"}}`, '{"constructor":1}'),
      }),
    answer: '401 token-invalid',
  },
  {
    what: 'context extensions named like the platform’s own',
    request: () =>
      checkRequestBytes({
        attributes: {
          request: { http: { method: 'GET', host: 'unknown.localhost', path: '/' } },
          contextExtensions: { constructor: 'x', toString: 'y', hasOwnProperty: 'z' },
        },
      }),
    answer: '404 route-not-found',
  },
  {
    what: 'a regex that would backtrack',
    request: () => httpRequest({ host: 'regex.named.localhost', path: `/${'a'.repeat(500)}b` }),
    answer: '404 route-not-found',
  },
  {
    what: 'a path that is longer than any regex is asked about',
    request: () => httpRequest({ host: 'regex.named.localhost', path: `/${'a'.repeat(20_000)}b` }),
    answer: '400 path-ambiguous',
  },
];

function authorization(value: string): Record<string, unknown> {
  return { headers: {}, headerMap: { headers: [{ key: 'authorization', rawValue: Buffer.from(value) }] } };
}

function rawCredential(value: Buffer): Record<string, unknown> {
  return { headerMap: { headers: [{ key: 'x-pomerium-authorization', rawValue: value }] } };
}

/** A good request with so many bytes more, in a field that nobody knows. */
function withMore(size: number): Buffer {
  const length = [
    (size & 0x7f) | 0x80,
    ((size >> 7) & 0x7f) | 0x80,
    ((size >> 14) & 0x7f) | 0x80,
    size >> 21,
  ];
  return Buffer.concat([httpRequest(), Buffer.from([0x7a, ...length]), Buffer.alloc(size)]);
}

/** The message with other bytes of the same length in it, which protobufjs would not write. */
function withBytes(message: Buffer, text: string, other: string): Buffer {
  const at = message.indexOf(text);
  assert.ok(at !== -1 && text.length === other.length);
  message.write(other, at, 'latin1');
  return message;
}

for (const { what, request, answer } of ROWS) {
  test(`${what}: ${answer}`, async () => {
    const message = await request();
    assert.equal(await answerTo(message), answer);
    assert.equal(await answerTo(message), answer, 'the second time');
    await assertLives();
  });
}

test('whatever is done to a real message, the answer is a decision or that it is none', async () => {
  const fixtures = ['plain', 'raw-headers', 'peer-certificate', 'route-metadata'].map(
    (name) => readFixture(name).bytes,
  );
  // A generator of our own, so that a failure can be run again.
  let seed = 42;
  const random = (below: number) => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return (seed >>> 8) % below;
  };
  for (let round = 0; round < 25; round++) {
    const messages = Array.from({ length: 40 }, () => {
      const message = Buffer.from(fixtures[random(fixtures.length)] ?? Buffer.alloc(0));
      for (let changes = random(8) + 1; changes > 0; changes--) message[random(message.length)] = random(256);
      return random(4) === 0 ? message.subarray(0, random(message.length)) : message;
    });
    const answers = await Promise.all(messages.map(answerTo));
    for (const [index, answer] of answers.entries())
      assert.match(
        answer,
        /^(?:200|4\d\d [a-z-]+|INVALID_ARGUMENT|UNAVAILABLE)$/,
        messages[index]?.toString('hex'),
      );
  }
  await assertLives();
  // Where Envoy's configuration names policies that are not there, it is the configuration that fails.
  const faults = stack.sidecar
    .child()
    .output()
    .split('\n')
    .filter((line) => line.includes('"kind":"fault"'));
  for (const line of faults) assert.match(JSON.parse(line).fault.message, /there is no policy/);
});

test('the memory of a sidecar does not grow with what it is sent', async () => {
  const big = [
    () => withMore(4 * MB),
    () => httpRequest({ token: `${Math.random()}${'A'.repeat(MB)}` }),
    () => httpRequest({ host: `${Math.random()}.${'a'.repeat(MB)}` }),
    () => httpRequest({ path: `/open/${Math.random()}${'a'.repeat(MB)}` }),
    () => httpRequest({ id: `${Math.random()}${'a'.repeat(MB)}` }),
  ];
  const send = async (rounds: number) => {
    for (let round = 0; round < rounds; round++) await Promise.all(big.map((request) => answerTo(request())));
  };
  await send(15);
  const before = residentMegabytes();
  await send(30);
  const after = residentMegabytes();
  // 30 rounds are 240 MB: a tenth of that would be noise, all of it a leak.
  assert.ok(after - before < 120, `${before} MB became ${after} MB`);
  assert.ok(after < 600, `${after} MB`);
  await assertLives();
});

async function assertLives(): Promise<void> {
  assert.equal(await answerTo(httpRequest()), '200');
  assert.equal(stack.sidecar.child().exitCode(), undefined);
  assert.equal(stack.sidecar.child().pid, pid);
}

function residentMegabytes(): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024);
}

test('after all of this it is healthy, and has logged no part of a credential', async () => {
  const ready = await fetch(`http://127.0.0.1:${stack.sidecar.httpPort}/readyz`);
  assert.equal(ready.status, 200);
  await waitUntil('its log', () => stack.sidecar.child().output().includes('"kind":"invalid"'));
  const output = stack.sidecar.child().output();
  for (const part of robot.jwt.split('.')) assert.ok(!output.includes(part));
  for (const line of output.split('\n').slice(0, -1)) assert.ok(line.length < 5000, line.slice(0, 300));
});
