import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { status as grpcStatus, Server, ServerCredentials } from '@grpc/grpc-js';
import { freePort } from '../support/free-port.ts';
import type { CallOptions } from '../support/http-client.ts';
import { type Stack, startStack } from '../support/stack.ts';
import { waitUntil } from '../support/wait-until.ts';

let stack: Stack;
let jwt: string;
before(async () => {
  stack = await startStack();
  jwt = (await stack.createAccount('robot', 'team-a')).jwt;
});
after(() => stack.stop());

const withCredential = (): CallOptions => ({ headers: [['X-Pomerium-Authorization', jwt]] });

async function assertFailsClosed(what: string): Promise<void> {
  stack.upstream.takeBytes();
  for (const version of ['h1', 'h2'] as const) {
    const answer = await stack.call({ ...withCredential(), version });
    assert.equal(answer.status, 503, `${what}: ${answer.status} ${answer.body}`);
  }
  const grpc = await stack.call({
    version: 'h2',
    method: 'POST',
    headers: [['content-type', 'application/grpc']],
  });
  assert.equal(grpc.headers.get('grpc-status'), '14', `${what}, gRPC`);
  assert.equal((await stack.call({ path: '/open' })).status, 503, `${what}, a route for everybody`);
  assert.equal(stack.upstream.takeBytes().length, 0, `${what}: the service was called`);
}

test('a sidecar that hangs: the client sees 503, and gets through once it goes on', async () => {
  assert.equal((await stack.call(withCredential())).status, 200);
  const { child } = stack.sidecar;
  child().kill('SIGSTOP');
  try {
    await assertFailsClosed('a hanging sidecar');
  } finally {
    child().kill('SIGCONT');
  }
  await waitUntil(
    'the sidecar to be asked again',
    async () => (await stack.call(withCredential())).status === 200,
  );
});

test('a sidecar that is gone: the client sees 503, and gets through once it is back', async () => {
  assert.equal(await stack.sidecar.child().stop(), true, 'SIGTERM ends it in time');
  assert.equal(stack.sidecar.child().exitCode(), 0);
  await assertFailsClosed('no sidecar');
  await stack.sidecar.restart();
  await waitUntil(
    'the sidecar to be asked again',
    async () => (await stack.call(withCredential())).status === 200,
  );
});

test('a sidecar that was killed is replaced: its socket file is in nobody’s way', async () => {
  stack.sidecar.child().kill('SIGKILL');
  await waitUntil('the end of the process', () => stack.sidecar.child().exitCode() !== undefined);
  await assertFailsClosed('a killed sidecar');
  await stack.sidecar.restart();
  await waitUntil(
    'the sidecar to be asked again',
    async () => (await stack.call(withCredential())).status === 200,
  );
});

for (const code of [
  'UNAVAILABLE',
  'INTERNAL',
  'DEADLINE_EXCEEDED',
  'INVALID_ARGUMENT',
  'PERMISSION_DENIED',
] as const) {
  test(`a sidecar that answers ${code}: the client sees 503`, async () => {
    const port = await freePort();
    const failing = await startFailingServer(port, grpcStatus[code]);
    const envoy = await stack.addEnvoy(`failing-${code}`, (config) => {
      const cluster = config.static_resources?.clusters?.find((each) => String(each.name) === 'sallyport');
      Object.assign(
        cluster?.load_assignment?.endpoints?.[0]?.lb_endpoints?.[0]?.endpoint?.address?.socket_address ?? {},
        {
          port_value: port,
        },
      );
      // It has no health to tell.
      delete cluster?.health_checks;
    });
    stack.upstream.takeBytes();
    assert.equal((await stack.call(withCredential(), envoy)).status, 503);
    assert.equal(stack.upstream.takeBytes().length, 0);
    failing.forceShutdown();
    await envoy.child.stop();
  });
}

async function startFailingServer(port: number, code: grpcStatus): Promise<Server> {
  const server = new Server();
  const bytes = (value: Buffer) => value;
  server.addService(
    {
      Check: {
        path: '/envoy.service.auth.v3.Authorization/Check',
        requestStream: false,
        responseStream: false,
        requestSerialize: bytes,
        requestDeserialize: bytes,
        responseSerialize: bytes,
        responseDeserialize: bytes,
      },
    },
    {
      Check: (_call: unknown, answer: (error: { code: number; details: string }) => void) =>
        answer({ code, details: 'as told' }),
    },
  );
  await new Promise<void>((done, fail) => {
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error) =>
      error ? fail(error) : done(),
    );
  });
  return server;
}
