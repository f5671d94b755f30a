import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Envoy } from '../support/envoy.ts';
import { type Sidecar, startSidecar } from '../support/sidecar.ts';
import { type Stack, startStack } from '../support/stack.ts';
import { connectTo, healthOf } from '../support/test-server.ts';
import { waitUntil } from '../support/wait-until.ts';
import { askSidecarsAt, startSidecarBeside } from './sidecar-beside.ts';
import { startSteadyLoad } from './steady-load.ts';

// How connections end: because they are old, and because the sidecar stops.

let stack: Stack;
let jwt: string;
before(async () => {
  stack = await startStack();
  jwt = (await stack.createAccount('robot', 'team-a')).jwt;
});
after(() => stack.stop());

async function startBeside(name: string, settings: Record<string, unknown>): Promise<[Sidecar, Envoy]> {
  const sidecar = await startSidecarBeside(stack, name, settings);
  return [sidecar, await stack.addEnvoy(name, (config) => askSidecarsAt(config, sidecar.grpcPort))];
}

function statusOf(envoy: Envoy): Promise<number> {
  return stack.call({ headers: [['X-Pomerium-Authorization', jwt]] }, envoy).then(({ status }) => status);
}

async function connectionsMade(envoy: Envoy): Promise<number> {
  const text = await (
    await fetch(`http://127.0.0.1:${envoy.ports.admin}/stats?filter=cluster.sallyport.upstream_cx_total`)
  ).text();
  return Number(/: (\d+)/.exec(text)?.[1]);
}

test('max_connection_age: Envoy connects again and again, and no call is lost', async () => {
  const [sidecar, envoy] = await startBeside('ageing', { max_connection_age: '1s' });
  const load = startSteadyLoad(envoy.ports.http, jwt);
  try {
    const before = await connectionsMade(envoy);
    await waitUntil('five more connections', async () => (await connectionsMade(envoy)) >= before + 5);
    await load.proceed();
  } finally {
    await load.stop();
    await sidecar.child().stop();
  }
});

test('drain_delay: after SIGTERM health and /readyz turn, and everything is answered until the delay is over', async () => {
  const [sidecar, envoy] = await startBeside('draining', { drain_delay: '4s' });
  const client = connectTo(`127.0.0.1:${sidecar.grpcPort}`);
  const readyz = async () => (await fetch(`http://127.0.0.1:${sidecar.httpPort}/readyz`)).status;
  assert.deepEqual([await statusOf(envoy), await healthOf(client), await readyz()], [200, 'SERVING', 200]);
  const load = startSteadyLoad(envoy.ports.http, jwt);
  try {
    sidecar.child().kill('SIGTERM');
    await waitUntil('/readyz to turn', async () => (await readyz()) === 503);
    assert.equal(await healthOf(client), 'NOT_SERVING');
    assert.equal(sidecar.child().exitCode(), undefined);
    await load.proceed();
    assert.equal(sidecar.child().exitCode(), undefined, 'all that was answered within the delay');
    assert.equal(await statusOf(envoy), 200, 'a new call too');
    await load.stop();
    await waitUntil('the sidecar to end', async () => sidecar.child().exitCode() === 0);
  } finally {
    client.close();
    await load.stop();
    await sidecar.child().stop();
  }
});

test('drain_delay: the control plane goes the same way, at the same time', async () => {
  const sidecar = await startSidecar(join(stack.folder, 'planes'), {
    controlPlane: true,
    settings: { drain_delay: '3s' },
  });
  const statusAt = async (port: number, path: string) =>
    (await fetch(`http://127.0.0.1:${port}${path}`)).status;
  try {
    sidecar.child().kill('SIGTERM');
    for (const port of [sidecar.httpPort, sidecar.adminPort])
      await waitUntil('/readyz to turn', async () => (await statusAt(port, '/readyz')) === 503);
    assert.equal(await statusAt(sidecar.adminPort, '/livez'), 200);
    assert.equal(await statusAt(sidecar.adminPort, '/api/v1/whoami'), 401);
    await waitUntil('both to end', () => sidecar.child().exitCode() === 0);
    assert.match(sidecar.child().output(), /"plane":"control"[^\n]*"event":"stopped"/);
  } finally {
    await sidecar.child().stop();
  }
});

test('drain_delay: a second SIGTERM does not wait for it', async () => {
  const [sidecar] = await startBeside('impatient', { drain_delay: '5m' });
  sidecar.child().kill('SIGTERM');
  await waitUntil('the drain', () => sidecar.child().output().includes('"event":"stopping"'));
  sidecar.child().kill('SIGTERM');
  await waitUntil('the end', () => sidecar.child().exitCode() !== undefined);
});
