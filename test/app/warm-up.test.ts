import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { BesideVerb } from '../../src/app/fork-self.ts';
import { startSidecar } from '../../src/app/serve.ts';
import { warmUp } from '../../src/app/warm-up.ts';
import { MADE_UP_HOST } from '../../src/app/warm-up-mesh.ts';
import type { Config } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { createLogger } from '../../src/observe/logger.ts';
import { TestCa } from '../support/certificates.ts';
import { freePort } from '../support/free-port.ts';
import { httpRequestBytes } from '../support/messages.ts';
import { check, connectTo } from '../support/test-server.ts';
import { waitUntil } from '../support/wait-until.ts';

const folder = mkdtempSync(join(tmpdir(), 'sallyport-warm-up-'));
const ca = new TestCa();
after(() => {
  ca.remove();
  rmSync(folder, { recursive: true });
});
writeFileSync(join(folder, 'ca.pem'), ca.cert);

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
/** As `serve` does it. */
const startBeside =
  ({ file }: Config) =>
  (verb: BesideVerb) =>
    fork(MAIN, [verb, '--config', file ?? ''], { execArgv: ['--import', import.meta.resolve('tsx')] });

const load = (flags: Readonly<Record<string, unknown>> = {}) => {
  const cwd = mkdtempSync(join(folder, 'cwd-'));
  const file = join(cwd, 'sallyport.yaml');
  writeFileSync(file, JSON.stringify(flags));
  return { cwd, config: loadConfig({ file, env: {}, cwd }) };
};

for (const settings of [
  {},
  { enforcement: 'observe' },
  { keys: { algorithm: 'ES256' } },
  { tokens: { max_lifetime: '1m' } },
  { serve: { namespaces: ['team-a'], namespace: 'team-a' } },
  { source_ip: 'x-envoy-external-address', unmatched: 'team-a' },
  { client_ca: '../ca.pem' },
  { pomerium: { shared_secret: Buffer.alloc(32, 7).toString('base64') } },
  { assertion: { audience: 'mesh', claim_headers: { email: 'email' } } },
])
  test(`with ${JSON.stringify(settings)} every made-up request is decided as it has to be`, async () => {
    const { cwd, config } = load(settings);
    const before = readdirSync(cwd);
    await warmUp(config);
    assert.deepEqual(readdirSync(cwd), before, 'it writes nothing');
  });

test('a sidecar that has warmed up has logged, counted and kept nothing of it', async () => {
  const [grpc, http] = [await freePort(), await freePort()];
  const { config } = load({
    listen: [`127.0.0.1:${grpc}`],
    http: { listen: `127.0.0.1:${http}` },
    admin: { listen: 'off' },
    issuer: 'https://issuer',
    log: { level: 'trace' },
  });
  const lines: { event: string }[] = [];
  const logger = createLogger({
    level: 'trace',
    to: { write: (line) => void lines.push(JSON.parse(line)) },
  });
  const sidecar = await startSidecar(config, logger, startBeside(config));
  const client = connectTo(`127.0.0.1:${grpc}`);
  try {
    const events = lines.map(({ event }) => event);
    assert.ok(!events.includes('not-warm') && !events.includes('decision'), events.join());
    const metrics = await (await fetch(`http://127.0.0.1:${http}/metrics`)).text();
    assert.match(metrics, /sallyport_/);
    assert.doesNotMatch(metrics, /^sallyport_(check|decision)\w*(_total|_count)\{.*\} [1-9]/m);
    const request = httpRequestBytes({ method: 'GET', path: '/', host: MADE_UP_HOST, headers: {} });
    assert.equal((await check(client, request)).httpStatus, 404, 'nothing made-up is there');
    // They are rendered once a second.
    await waitUntil('the request to be counted', async () => {
      const counted = await (await fetch(`http://127.0.0.1:${http}/metrics`)).text();
      return /^sallyport_(check|decision)\w*(_total|_count)\{.*\} 1$/m.test(counted);
    });
  } finally {
    client.close();
    await sidecar.stop();
  }
});
