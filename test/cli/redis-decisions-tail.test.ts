import assert from 'node:assert/strict';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { after, before, test } from 'node:test';
import { openStore } from '../../src/app/open-store.ts';
import { runCli } from '../../src/cli/run-cli.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { createContext } from '../support/command-line.ts';
import { type RedisServer, startRedis, until } from '../support/redis-servers.ts';
import { createRedisSetup } from '../support/redis-sidecar.ts';
import { waitUntil } from '../support/wait-until.ts';
import { within } from '../support/within.ts';

let server: RedisServer;
before(async () => {
  server = await startRedis({ config: ['--appendfsync', 'always'] });
});
after(() => server.stop());

function decisionAt(path: string): string {
  const fields = { event: 'decision', verdict: 'allow', enforcement: 'enforce', reason: 'user-ok' };
  const request = { method: 'GET', host: 'a.com', path };
  return JSON.stringify({ level: 'info', time: new Date().toISOString(), ...fields, ...request });
}

test('decisions tail --follow waits for a Redis that was killed, and misses nothing', async () => {
  const setup = await createRedisSetup(server.port);
  await setup.fill();
  const { file } = await setup.configFor();
  assert.ok(file);
  const store = await openStore(loadConfig({ file, env: {}, cwd: setup.folder }));
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const printed = { out: '', err: '' };
  stdout.on('data', (chunk: Buffer) => (printed.out += chunk.toString()));
  stderr.on('data', (chunk: Buffer) => (printed.err += chunk.toString()));
  const context = { ...createContext(join(setup.folder)), env: {}, stdout, stderr, clock: Date.now };
  try {
    await store.telemetry.appendDecisions([decisionAt('/one')]);
    const tail = ['decisions', 'tail', '--follow', '-o', 'json', '--config', file];
    const ended = runCli(tail, context, '0.0.0');
    await waitUntil('the first', () => printed.out.includes('/one'));
    await server.kill();
    await waitUntil('the note', () => printed.err.includes('waiting for the store: '));
    await server.restart();
    await until('the store to take it', () =>
      store.telemetry.appendDecisions([decisionAt('/two')]).then(
        () => true,
        () => false,
      ),
    );
    await waitUntil('the second', () => printed.out.includes('/two'));
    await waitUntil('the end of waiting', () => printed.err.includes('the store is available again'));
    assert.equal(printed.err.match(/waiting for the store/g)?.length, 1, 'told once');
    process.emit('SIGINT');
    assert.equal(await within(ended, 'the end'), 0);
    assert.equal(printed.out.match(/\/one/g)?.length, 1, 'nothing is shown twice');
  } finally {
    await store.close();
  }
});
