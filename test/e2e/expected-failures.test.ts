import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { status as grpcStatus } from '@grpc/grpc-js';
import { authorizationFilter } from '../support/fill-envoy-config.ts';
import { type Stack, startStack } from '../support/stack.ts';
import { check, codeOf, connectTo } from '../support/test-server.ts';
import { waitUntil } from '../support/wait-until.ts';
import { freshMetrics } from './fresh-metrics.ts';

// Failures that a client can bring about at will: each is counted, and the log has one line for each kind of them.

const MIB = 1024 * 1024;

let stack: Stack;
before(async () => {
  stack = await startStack();
});
after(() => stack.stop());

function linesOf(kind: string): Record<string, unknown>[] {
  return stack.sidecar
    .child()
    .output()
    .split('\n')
    .filter((line) => line.includes('"event":"check-not-answered"') && line.includes(`"kind":"${kind}"`))
    .map((line) => JSON.parse(line));
}

async function assertCountedAndLoggedOnce(kind: string, atLeast: number): Promise<void> {
  await waitUntil('the log line', async () => linesOf(kind).length > 0);
  const count = new RegExp(`^sallyport_failures_total\\{kind="${kind}"\\} (\\d+)$`, 'm').exec(
    await freshMetrics(stack.sidecar.httpPort),
  );
  assert.ok(Number(count?.[1]) >= atLeast, `${count?.[1]} of kind ${kind}`);
  const [line, ...more] = linesOf(kind);
  assert.deepEqual(more, []);
  assert.equal(line?.level, 'warn');
  assert.doesNotMatch(JSON.stringify(line), /"stack"/);
}

test('a 17 MiB body that Envoy sends along: 503, counted, and one log line with its size', async () => {
  const envoy = await stack.addEnvoy('with-body', (config) => {
    Object.assign(authorizationFilter(config), { with_request_body: { max_request_bytes: 20 * MIB } });
  });
  for (let again = 0; again < 2; again++) {
    const answer = await stack.call({ method: 'POST', path: '/open', body: 'a'.repeat(17 * MIB) }, envoy);
    assert.equal(answer.status, 503);
  }
  await assertCountedAndLoggedOnce('message-too-large', 2);
  assert.match(String(linesOf('message-too-large')[0]?.problem), /larger than max \(178\d+/);
  assert.equal((await stack.call({ path: '/open' }, envoy)).status, 200);
});

test('a hundred calls with bytes that are no CheckRequest: counted, and one log line', async () => {
  const client = connectTo(`127.0.0.1:${stack.sidecar.grpcPort}`);
  for (let call = 0; call < 100; call++)
    assert.equal((await codeOf(check(client, Buffer.from('garbage')))).code, grpcStatus.INVALID_ARGUMENT);
  client.close();
  await assertCountedAndLoggedOnce('invalid', 100);
});
