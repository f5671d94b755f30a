import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { connect } from 'node:tls';
import { credentials } from '@grpc/grpc-js';
import { readServerTlsFiles, tlsPaths } from '../../src/files/tls-files.ts';
import { watchFiles } from '../../src/files/watch-files.ts';
import { type KeyPair, TestCa } from '../support/certificates.ts';
import { readFixture } from '../support/messages.ts';
import { check, codeOf, connectTo, startServer } from '../support/test-server.ts';

// Part 6b, B: "TLS certificates and keys (gRPC listeners, HTTPS, Redis) are all watched and reloaded without a dropped connection".

const oldCa = new TestCa();
const newCa = new TestCa();
const folder = mkdtempSync(join(tmpdir(), 'rotation-'));
after(() => {
  oldCa.remove();
  newCa.remove();
  rmSync(folder, { recursive: true });
});
const plain = readFixture('plain').bytes;

const files = { cert: join(folder, 'cert'), key: join(folder, 'key'), ca: join(folder, 'ca') };
function write(pair: KeyPair, clientCa: TestCa): void {
  writeFileSync(files.cert, pair.cert);
  writeFileSync(files.key, pair.key);
  writeFileSync(files.ca, clientCa.cert);
}

/** A server whose files are read again only when the test says so. */
async function startWatched() {
  write(oldCa.issue('DNS:localhost'), oldCa);
  const material = await watchFiles(tlsPaths(files), () => readServerTlsFiles(files), { interval: 600_000 });
  const server = await startServer({
    listen: [{ kind: 'tcp', host: '127.0.0.1', port: 0, tls: { material, allowedClientNames: ['envoy'] } }],
  });
  const open: { close(): void }[] = [];
  return {
    server,
    material,
    connectAs(pair: KeyPair, trusting: TestCa) {
      const client = connectTo(server.address, credentials.createSsl(trusting.cert, pair.key, pair.cert));
      open.push(client);
      return client;
    },
    async stop() {
      for (const client of open) client.close();
      material.close();
      await server.close();
    },
  };
}

test('a gRPC client stays connected while certificate, key and client CA are replaced; the next one meets the new ones', async () => {
  const { server, material, connectAs, stop } = await startWatched();
  try {
    const oldPair = oldCa.issue('DNS:envoy');
    const before = connectAs(oldPair, oldCa);
    assert.equal((await check(before, plain)).code, 0);
    write(newCa.issue('DNS:localhost'), newCa);
    assert.equal(await material.reload(), 'changed');
    assert.equal((await check(before, plain)).code, 0);
    assert.equal((await check(connectAs(newCa.issue('DNS:envoy'), newCa), plain)).code, 0);
    // What vouched before does so no more, also not for a client that could resume its session.
    assert.notEqual((await codeOf(check(connectAs(oldPair, newCa), plain))).code, 0);
    assert.notEqual((await codeOf(check(connectAs(newCa.issue('DNS:envoy'), oldCa), plain))).code, 0);
    assert.notEqual((await codeOf(check(connectAs(newCa.issue('DNS:other'), newCa), plain))).code, 0);
    assert.equal((await check(before, plain)).code, 0);
    assert.deepEqual(server.failures, []);
  } finally {
    await stop();
  }
});

test('a session that was begun under the old client CA is not resumed under the new one', async () => {
  const { server, material, stop } = await startWatched();
  const port = Number(server.address.split(':')[1]);
  const pair = oldCa.issue('DNS:envoy');
  const dial = (session?: Buffer) =>
    new Promise<{ reused: boolean; session: Buffer | undefined; answered: boolean }>((resolve) => {
      let ticket: Buffer | undefined;
      let reused = false;
      let answered = false;
      const socket = connect({
        host: '127.0.0.1',
        port,
        ...pair,
        ca: [oldCa.cert, newCa.cert],
        ALPNProtocols: ['h2'],
        checkServerIdentity: () => undefined,
        ...(session && { session }),
      });
      const end = () => {
        resolve({ reused, session: ticket, answered });
        socket.destroy();
      };
      socket.on('error', end).on('close', end);
      socket.on('secureConnect', () => {
        reused = socket.isSessionReused();
      });
      socket.on('session', (given) => {
        ticket = given;
        if (!session) end();
      });
      // An accepted connection gets the server's settings.
      socket.on('data', () => {
        answered = true;
        if (session) end();
      });
    });
  try {
    const { session } = await dial();
    assert.ok(session);
    const { reused, answered } = await dial(session);
    assert.deepEqual({ reused, answered }, { reused: true, answered: true });
    write(newCa.issue('DNS:localhost'), newCa);
    assert.equal(await material.reload(), 'changed');
    const later = await dial(session);
    assert.deepEqual([later.reused, later.answered], [false, false]);
  } finally {
    await stop();
  }
});
