import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { answersOk } from '../support/child.ts';
import type { YamlValue } from '../support/fill-envoy-config.ts';
import { E2E_HOST } from '../support/http-client.ts';
import { type Stack, startStack } from '../support/stack.ts';
import { waitUntil } from '../support/wait-until.ts';
import { within } from '../support/within.ts';

let stack: Stack;
const sockets: Socket[] = [];
before(async () => {
  stack = await startStack();
});
after(async () => {
  for (const socket of sockets) socket.destroy();
  await stack.stop();
});

test('beyond the connections that envoy.yaml allows, Envoy closes new ones, but for its admin port', async () => {
  const limit = 3;
  const envoy = await stack.addEnvoy('connections', (config) => {
    const monitor = resourceMonitor(config, 'global_downstream_max_connections');
    assert.equal(Number(monitor.max_active_downstream_connections), 8192);
    Object.assign(monitor, { max_active_downstream_connections: limit });
  });
  for (let opened = 0; opened < limit; opened += 1) await hold(envoy.ports.http);
  await assert.rejects(stack.call({}, envoy), /closed|ECONNRESET|EPIPE/);
  assert.ok(await answersOk(`http://127.0.0.1:${envoy.ports.admin}/ready`));
  sockets.pop()?.destroy();
  await waitUntil('Envoy to take a connection again', async () => {
    const answer = await stack.call({}, envoy).catch(() => undefined);
    return answer?.status === 401;
  });
});

test('a heap beyond the one that envoy.yaml allows: Envoy refuses requests before it asks about them', async () => {
  const envoy = await stack.addEnvoy('heap', (config) => {
    const monitor = resourceMonitor(config, 'fixed_heap');
    assert.equal(Number(monitor.max_heap_size_bytes), 1 << 30);
    Object.assign(monitor, { max_heap_size_bytes: 1 << 20 });
  });
  await waitUntil('Envoy to refuse requests', async () => {
    const { status, body } = await stack.call({}, envoy);
    return status === 503 && body === 'envoy overloaded';
  });
});

/** Opens a connection that stays, and waits until Envoy has answered on it. */
async function hold(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1').on('error', () => socket.destroy());
  sockets.push(socket);
  socket.write(`GET / HTTP/1.1\r\nHost: ${E2E_HOST}\r\n\r\n`);
  const [answer] = await within(once(socket, 'data'), 'an answer');
  assert.match(String(answer), /^HTTP\/1\.1 401 /);
}

function resourceMonitor(config: YamlValue, name: string): YamlValue {
  const monitors = config.overload_manager?.resource_monitors;
  const found = monitors?.find(
    (each) => String(each.name) === `envoy.resource_monitors.${name}`,
  )?.typed_config;
  assert.ok(found, `envoy.yaml has no ${name}`);
  return found;
}
