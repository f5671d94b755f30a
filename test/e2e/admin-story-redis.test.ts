// The story of admin-story.test.ts as it is in production: an admin server with the signing key, two sidecars without
// it, and a Redis between them that keeps everything on disk.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { generateKeyFile } from '../../src/tokens/generate-key-file.ts';
import { playStory, readFilesBelow } from '../support/admin-story.ts';
import { makeCertificate } from '../support/certificate.ts';
import { answersOk, type Child, startChild, waitUntilReady } from '../support/child.ts';
import { type Envoy, startEnvoy } from '../support/envoy.ts';
import { startEmptyService } from '../support/fault-mesh.ts';
import { freePort } from '../support/free-port.ts';
import { call } from '../support/http-client.ts';
import { installTools } from '../support/install-tools.ts';
import { memoryDumpsIn } from '../support/memory-dump.ts';
import { programCommand, runProgram } from '../support/program.ts';
import { takeImage } from '../support/redis-image.ts';
import { type RedisServer, startRedis } from '../support/redis-servers.ts';
import { type Sidecar, startSidecar } from '../support/sidecar.ts';
import { startProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { waitUntil } from '../support/wait-until.ts';
import { type LeakSearch, searchFor } from './leak-search.ts';
import { askSidecarsAt } from './sidecar-beside.ts';

const folder = mkdtempSync(join(tmpdir(), 'sallyport-story-'));
const dumpFolder = mkdtempSync(join(tmpdir(), 'sallyport-heap-'));
const dumps = memoryDumpsIn(dumpFolder);
const sidecars: Sidecar[] = [];
let redis: RedisServer;
let proxy: TcpProxy;
let admin: AdminProcess;
let service: Awaited<ReturnType<typeof startEmptyService>>;
let envoy: Envoy;

before(async () => {
  await installTools(['envoy', 'openssl']);
  // What is compressed can't be searched.
  redis = await startRedis({ config: ['--rdbcompression', 'no'] });
  proxy = await startProxy(redis.address, { record: true });
  admin = await startAdminProcess();
  const assertion = join(folder, 'assertion.json');
  await generateKeyFile(assertion, 'ES256');
  const settings = {
    ...storeSettings(),
    keys: { credential: 'off', verification: [join(folder, 'public.json')], assertion },
  };
  for (const name of ['one', 'two'])
    sidecars.push(await startSidecar(join(folder, name), { settings, launcher: dumps.launcher }));
  service = await startEmptyService();
  const [one, two] = sidecars;
  assert.ok(one && two);
  envoy = await startEnvoy({
    folder,
    certificate: makeCertificate(folder, ['verify.localhost']),
    clusters: { sallyport: one.grpcPort, sallyport_http: one.httpPort, verify: service.port },
    edit: (config) => askSidecarsAt(config, one.grpcPort, two.grpcPort),
  });
});
after(async () => {
  // Whatever came to be before something failed.
  await envoy?.child.stop();
  await Promise.all([...sidecars.map((sidecar) => sidecar.child().stop()), admin?.child.stop()]);
  await service?.close();
  await proxy?.close();
  await redis?.stop();
  for (const each of [folder, dumpFolder]) rmSync(each, { recursive: true, force: true });
});

test('nothing but its one answer holds the JWT of an account that calls through two sidecars', async () => {
  const processes = { admin: admin.child, one: childOf(sidecars[0]), two: childOf(sidecars[1]) };
  const { operator, search, callAsStory } = await playStory({
    adminPort: admin.port,
    operator: admin.operator,
    call: (options) => call(envoy.ports.http, options),
    processes,
    dumps,
    calls: 8,
  });
  assert.ok(proxy.recorded().includes('story@team-a'));
  search.assertNotIn('what was said to Redis', proxy.recorded());
  const places = await readRedis();
  for (const place of ['dump.rdb', 'a value', 'an append-only file'])
    assert.ok(
      places.some(([name, content]) => name === place && content.includes('story@team-a')),
      place,
    );
  for (const [name, content] of [...places, ...readFilesBelow(folder)]) search.assertNotIn(name, content);

  await operator.expect(200, 'POST', '/service-accounts/story/revoke');
  for (let times = 0; times < 8; times++)
    await waitUntil('401 once it is revoked', async () => (await callAsStory()).status === 401);

  await assertWouldBeFound(search, await operator.make({ id: 'kept', namespace: 'team-a', user_id: 'kept' }));
});

/** The control: a JWT that is written to Redis is found in each place that was searched. */
async function assertWouldBeFound(story: LeakSearch, jwt: string): Promise<void> {
  const search = searchFor(jwt);
  await redis.client.hset('kept', 'token', jwt);
  const found = (await readRedis()).filter(([, content]) => search.find(content) !== undefined);
  assert.deepEqual([...new Set(found.map(([name]) => name))].sort(), [
    'a value',
    'an append-only file',
    'dump.rdb',
  ]);
  assert.ok(found.every(([, content]) => story.find(content) === undefined));
}

/** All that Redis has: in its snapshot, in its append-only files, and as it hands out each key. */
async function readRedis(): Promise<[name: string, content: Buffer][]> {
  assert.deepEqual(await redis.client.config('GET', 'rdbcompression'), ['rdbcompression', 'no']);
  await redis.client.save();
  const files = [...readFilesBelow(redis.folder)].map(([path, content]): [string, Buffer] => [
    path.includes('appendonly') ? 'an append-only file' : path,
    content,
  ]);
  const values = (await takeImage(redis.client)).map(([key, value]): [string, Buffer] => [
    'a value',
    Buffer.concat([Buffer.from(key), value]),
  ]);
  return [...files, ...values];
}

interface AdminProcess {
  readonly child: Child;
  readonly port: number;
  /** The first admin's credential. */
  readonly operator: string;
}

/** `sallyport admin`, with the key that signs and the end-to-end tests' resources. */
async function startAdminProcess(): Promise<AdminProcess> {
  const port = await freePort();
  const configFile = join(folder, 'admin.yaml');
  const credential = join(folder, 'credential.json');
  writeFileSync(
    configFile,
    stringify({
      admin: { listen: `127.0.0.1:${port}` },
      issuer: 'https://sallyport.localhost',
      audience: 'mesh.localhost',
      ...storeSettings(),
      keys: { credential },
    }),
  );
  const cli = async (...args: string[]) => {
    const { code, stdout, stderr } = await runProgram([...programCommand(), ...args, '--config', configFile]);
    assert.equal(code, 0, `sallyport ${args[0]} ended with ${code}\n${stderr}`);
    return stdout;
  };
  await cli('key', 'init', '--only', 'credential', '--public', join(folder, 'public.json'));
  await cli('apply', '-f', fileURLToPath(new URL('resources.yaml', import.meta.url)));
  const { jwt }: { jwt: string } = JSON.parse(await cli('bootstrap', '--id', 'operator', '--output', 'json'));
  const child = startChild([...dumps.launcher, ...programCommand(), 'admin', '--config', configFile]);
  await waitUntilReady('sallyport admin', child, () => answersOk(`http://127.0.0.1:${port}/readyz`));
  return { child, port, operator: jwt };
}

/** With patience for a machine that is busy with other tests. */
function storeSettings() {
  return {
    store: { redis: { url: `redis://127.0.0.1:${proxy.port}`, command_timeout: '2s' } },
    check_timeout: '5s',
  };
}

function childOf(sidecar: Sidecar | undefined): Child {
  assert.ok(sidecar);
  return sidecar.child();
}
