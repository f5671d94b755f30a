import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Agent, get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, test } from 'node:test';
import { TLSSocket } from 'node:tls';
import { readServerTlsFiles, tlsPaths } from '../../src/files/tls-files.ts';
import { watchFiles } from '../../src/files/watch-files.ts';
import { startHttpServer } from '../../src/http/http-server.ts';
import { type KeyPair, TestCa } from '../support/certificates.ts';

// Part 6b, B: "TLS certificates and keys (gRPC listeners, HTTPS, Redis) are all watched and reloaded without a dropped connection".

const oldCa = new TestCa();
const newCa = new TestCa();
const folder = mkdtempSync(join(tmpdir(), 'https-rotation-'));
after(() => {
  oldCa.remove();
  newCa.remove();
  rmSync(folder, { recursive: true });
});

const files = { cert: join(folder, 'cert'), key: join(folder, 'key'), ca: join(folder, 'ca') };
function write(pair: KeyPair, clientCa: TestCa): void {
  writeFileSync(files.cert, pair.cert);
  writeFileSync(files.key, pair.key);
  writeFileSync(files.ca, clientCa.cert);
}

/** A GET on an agent's connection: the body, and the local port that tells connections apart. */
async function ask(address: string, agent: Agent): Promise<{ body: string; port: number | undefined }> {
  const [response]: IncomingMessage[] = await once(get(`https://${address}/livez`, { agent }), 'response');
  assert.ok(response);
  assert.ok(response.socket instanceof TLSSocket);
  const port = response.socket.localPort;
  return { body: await text(response), port };
}

test('an HTTPS connection stays while certificate, key and client CA are replaced; the next one meets the new ones', async () => {
  write(oldCa.issue('IP:127.0.0.1'), oldCa);
  const material = await watchFiles(tlsPaths(files), () => readServerTlsFiles(files), { interval: 600_000 });
  const server = await startHttpServer(
    {
      address: { kind: 'tcp', host: '127.0.0.1', port: 0 },
      tls: { material, allowedClients: ['prometheus'] },
      mode: 0o660,
    },
    { ready: () => true, onFault: (fault) => assert.fail(String(fault)) },
  );
  const agents: Agent[] = [];
  const agentOf = (pair: KeyPair, ca: TestCa) => {
    const agent = new Agent({ ...pair, ca: ca.cert, keepAlive: true, maxSockets: 1 });
    agents.push(agent);
    return agent;
  };
  try {
    const oldPair = oldCa.issue('DNS:prometheus');
    const before = agentOf(oldPair, oldCa);
    const first = await ask(server.address, before);
    assert.equal(first.body, 'ok\n');
    write(newCa.issue('IP:127.0.0.1'), newCa);
    assert.equal(await material.reload(), 'changed');
    assert.deepEqual(await ask(server.address, before), first, 'on the same connection');
    const fresh = newCa.issue('DNS:prometheus');
    assert.equal((await ask(server.address, agentOf(fresh, newCa))).body, 'ok\n');
    await assert.rejects(ask(server.address, agentOf(fresh, oldCa)));
    await assert.rejects(ask(server.address, agentOf(oldPair, newCa)));
    await assert.rejects(ask(server.address, agentOf(newCa.issue('DNS:other'), newCa)));
  } finally {
    for (const agent of agents) agent.destroy();
    material.close();
    await server.close();
  }
});
