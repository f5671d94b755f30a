import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readFixture } from '../support/messages.ts';
import { check, connectTo, startServer } from '../support/test-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'socket-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const plain = readFixture('plain').bytes;
const onSocket = (path: string, mode?: number) =>
  startServer({ listen: [mode === undefined ? { kind: 'unix', path } : { kind: 'unix', path, mode }] });
const modeOf = (path: string) => statSync(path).mode & 0o777;

test('one server answers on TCP and on a Unix socket', async (t) => {
  const path = join(folder, 'both.sock');
  const server = await startServer({
    listen: [
      { kind: 'tcp', host: '127.0.0.1', port: 0 },
      { kind: 'unix', path },
    ],
  });
  t.after(() => server.close());
  assert.deepEqual(server.addresses[1], `unix:${path}`);
  for (const address of server.addresses) {
    const client = connectTo(address);
    t.after(() => client.close());
    assert.equal((await check(client, plain)).code, 0);
  }
});

test('the socket has mode 0660, or the one that was asked for, and goes with the server', async () => {
  const path = join(folder, 'mode.sock');
  for (const [asked, mode] of [
    [undefined, 0o660],
    [0o600, 0o600],
    [0o777, 0o777],
  ] as const) {
    const server = await onSocket(path, asked);
    assert.equal(modeOf(path), mode);
    assert.deepEqual(readdirSync(folder), ['mode.sock']);
    if (asked === 0o600) await server.drain(1_000);
    else await server.close();
    assert.ok(!existsSync(path));
  }
});

test('a socket that a killed server left behind is replaced', async (t) => {
  const path = join(folder, 'stale.sock');
  const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => console.log('up'))`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.ok(existsSync(path));
  const server = await onSocket(path);
  const client = connectTo(server.address);
  t.after(() => client.close());
  t.after(() => server.close());
  assert.equal((await check(client, plain)).code, 0);
});

test('a socket on which somebody answers stops the start, and is left alone', async (t) => {
  const path = join(folder, 'live.sock');
  const server = await onSocket(path);
  t.after(() => server.close());
  await assert.rejects(
    onSocket(path),
    /^SocketUnavailable: unix:.*live\.sock: another server listens there$/,
  );
  const socket = connect(path);
  await once(socket, 'connect');
  socket.destroy();
});

test('something that is no socket is never replaced', async () => {
  const path = join(folder, 'file.txt');
  writeFileSync(path, 'precious');
  await assert.rejects(onSocket(path), /something else than a socket/);
  assert.equal(statSync(path).size, 8);
});

test('a folder that is not there, and a path that is too long, are said', async () => {
  await assert.rejects(
    onSocket(join(folder, 'missing', 'a.sock')),
    /missing.a\.sock: no socket can be made there \(ENOENT\)/,
  );
  await assert.rejects(onSocket(join(folder, 'a'.repeat(120))), /too long/);
});

test('a server that stops leaves the socket of the one that came after it', async (t) => {
  const path = join(folder, 'next.sock');
  const first = await onSocket(path);
  rmSync(path);
  const second = await onSocket(path);
  t.after(() => second.close());
  await first.close();
  assert.ok(existsSync(path));
});
