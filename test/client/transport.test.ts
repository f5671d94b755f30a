import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { parseServerUrl } from '../../src/client/server-url.ts';
import { type Outgoing, openTransport, type Transport } from '../../src/client/transport.ts';

const LIMITS = { connectMs: 10_000, totalMs: 10_000, bytes: 1024 };
const PUT: Outgoing = { method: 'PUT', path: '/x?y=1', headers: { 'x-a': 'b' }, body: 'é', changes: true };

/** Echoes method, path, host and body; counts connections. */
async function echoing(
  at: { path: string } | { host: string; port: number },
  use: (transport: Transport, connections: () => number) => Promise<void>,
) {
  let connections = 0;
  const server = createServer((request, response) => {
    const { method, url, headers } = request;
    response.setHeader('set-cookie', ['first', 'second']);
    void text(request).then((body) =>
      response.end([method, url, headers.host, headers['x-a'], body].join(' ')),
    );
  }).on('connection', () => connections++);
  await new Promise<void>((done) => void server.listen(at, done));
  const shown = 'path' in at ? `unix:${at.path}` : `http://[::1]:${(server.address() as AddressInfo).port}`;
  const url = parseServerUrl(shown);
  assert.ok(url);
  const transport = openTransport(url, undefined, LIMITS);
  try {
    await use(transport, () => connections);
  } finally {
    transport.close();
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
}

test('several calls, one after the other or at once, use one connection', () =>
  echoing({ host: '::1', port: 0 }, async (transport, connections) => {
    const answers = [await transport.send(PUT)];
    answers.push(...(await Promise.all([transport.send(PUT), transport.send(PUT)])));
    for (const { status, headers, body } of answers) {
      assert.equal(status, 200);
      assert.match(body.toString(), /^PUT \/x\?y=1 \[::1\]:\d+ b é$/);
      assert.equal(headers['set-cookie'], 'first');
    }
    assert.equal(connections(), 1);
  }));

test('a call over a Unix socket names localhost, and proxy variables do not count', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-transport-'));
  process.env.http_proxy = process.env.HTTP_PROXY = 'http://127.0.0.1:9';
  try {
    await echoing({ path: join(folder, 'admin.sock') }, async (transport) =>
      assert.equal((await transport.send(PUT)).body.toString(), 'PUT /x?y=1 localhost b é'),
    );
    await echoing({ host: '::1', port: 0 }, async (transport) =>
      assert.equal((await transport.send(PUT)).status, 200),
    );
  } finally {
    delete process.env.http_proxy;
    delete process.env.HTTP_PROXY;
    rmSync(folder, { recursive: true });
  }
});
