import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import type { Envoy } from '../support/envoy.ts';
import { connectionManager, serviceRoute, type YamlValue } from '../support/fill-envoy-config.ts';
import { E2E_HOST } from '../support/http-client.ts';
import type { CreatedCredential } from '../support/sidecar.ts';
import { type Stack, startStack } from '../support/stack.ts';
import { waitUntil } from '../support/wait-until.ts';
import { within } from '../support/within.ts';
import { sendServiceTo } from './sidecar-beside.ts';

let stack: Stack;
let account: CreatedCredential;
/** Echoes on a WebSocket, and never answers an ordinary request. */
const echo = createServer(() => {}).on('upgrade', (_request, socket) => {
  socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n');
  socket.on('error', () => socket.destroy()).pipe(socket);
});
const sockets: Socket[] = [];
before(async () => {
  stack = await startStack();
  account = await stack.createAccount('robot@team-a', 'team-a');
  await once(echo.listen(0, '127.0.0.1'), 'listening');
});
after(async () => {
  for (const socket of sockets) socket.destroy();
  await stack.stop();
  echo.close();
  echo.closeAllConnections();
});

test('a WebSocket outlives the revocation of its account, and no other can be opened', async () => {
  const { jwt } = await stack.sidecar.cliJson<CreatedCredential>(['sa', 'rotate', account.id]);
  const envoy = await addEnvoy('upgrade', {});
  const opened = await openWebSocket(envoy, jwt);
  assert.match(opened.answer, /^HTTP\/1\.1 101 /);
  await stack.sidecar.cliJson(['sa', 'revoke', account.id]);
  await waitUntil('the next WebSocket to be refused', async () =>
    /^HTTP\/1\.1 401 /.test((await openWebSocket(envoy, jwt)).answer),
  );
  opened.socket.write('still here');
  assert.equal(await received(opened.socket), 'still here');
});

test('max_stream_duration, which envoy.yaml sets, ends a WebSocket that is in use', async () => {
  const { jwt } = await stack.sidecar.cliJson<CreatedCredential>(['sa', 'rotate', account.id]);
  const envoy = await addEnvoy('bounded', {}, (config) => {
    const bounds = connectionManager(config).common_http_protocol_options;
    assert.equal(String(bounds?.max_stream_duration), '3600s');
    Object.assign(bounds ?? {}, { max_stream_duration: '1s' });
  });
  const { answer, socket } = await openWebSocket(envoy, jwt);
  assert.match(answer, /^HTTP\/1\.1 101 /);
  socket.on('data', (bytes) => socket.write(bytes)).write('in use');
  await within(new Promise((done) => socket.once('close', done)), 'Envoy to end the WebSocket');
});

test('the timeout of a route holds beside it for ordinary requests', async () => {
  const envoy = await addEnvoy('timeout', {}, (config) => {
    assert.equal(String(serviceRoute(config).timeout), '15s');
    Object.assign(serviceRoute(config), { timeout: '1s' });
  });
  assert.equal((await stack.call({ path: '/open' }, envoy)).status, 504);
});

test('an upgrade with filters of its own is asked about only if ext_authz is among them', async () => {
  const alone = await addEnvoy('router-alone', { filters: ['router'] });
  const both = await addEnvoy('with-authorization', { filters: ['ext_authz', 'router'] });
  assert.match((await openWebSocket(alone)).answer, /^HTTP\/1\.1 101 /);
  assert.match((await openWebSocket(both)).answer, /^HTTP\/1\.1 401 /);
});

/** An Envoy that upgrades to WebSocket. `filters` are names of filters of `envoy.yaml`, in place of all. */
function addEnvoy(
  name: string,
  { filters }: { filters?: readonly string[] },
  edit: (config: YamlValue) => void = () => {},
): Promise<Envoy> {
  return stack.addEnvoy(name, (config) => {
    const manager = connectionManager(config);
    const kept = filters?.map((end) =>
      manager.http_filters?.find((filter) => String(filter.name).endsWith(`.${end}`)),
    );
    Object.assign(manager, {
      upgrade_configs: [{ upgrade_type: 'websocket', ...(kept && { filters: kept }) }],
    });
    sendServiceTo(config, (echo.address() as AddressInfo).port);
    edit(config);
  });
}

async function openWebSocket({ ports }: Envoy, jwt?: string): Promise<{ answer: string; socket: Socket }> {
  const socket = connect(ports.http, '127.0.0.1').on('error', () => socket.destroy());
  sockets.push(socket);
  const lines = [
    'GET / HTTP/1.1',
    `Host: ${E2E_HOST}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    ...['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=='],
    ...(jwt === undefined ? [] : [`X-Pomerium-Authorization: ${jwt}`]),
  ];
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  return { answer: await received(socket), socket };
}

async function received(socket: Socket): Promise<string> {
  const [bytes] = await within(once(socket, 'data'), 'bytes on the WebSocket');
  return String(bytes);
}
