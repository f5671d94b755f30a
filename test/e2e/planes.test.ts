import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, beforeEach, describe, test } from 'node:test';
import { stringify } from 'yaml';
import { answersOk, startChild } from '../support/child.ts';
import { freePort } from '../support/free-port.ts';
import { programCommand } from '../support/program.ts';
import { type Sidecar, startSidecar } from '../support/sidecar.ts';
import { waitUntil } from '../support/wait-until.ts';

const root = mkdtempSync(join(tmpdir(), 'sallyport-planes-'));
after(() => rmSync(root, { recursive: true, force: true }));

const eventsOf = (output: string): { event: string; problem?: string }[] =>
  output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));

/** The field of `/proc/PID/task/TID/stat` after the name, which may hold spaces; `nice` is the 17th. */
function niceOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).map((thread) => {
    const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]);
  });
}

describe('the two processes of serve', () => {
  let folder: string;
  let sidecar: Sidecar;
  beforeEach(async () => {
    folder = mkdtempSync(join(root, 'stack-'));
    sidecar = await startSidecar(folder, { controlPlane: true });
  });
  afterEach(() => sidecar.child().stop());

  test('the control plane yields to everything else on the machine, with every thread', () => {
    const pid = sidecar.controlPlanePid();
    assert.deepEqual(new Set(niceOf(pid)), new Set([10]));
    assert.equal(readFileSync(`/proc/${pid}/oom_score_adj`, 'utf8').trim(), '1000');
    assert.deepEqual(new Set(niceOf(sidecar.child().pid)), new Set([0]));
  });

  test('SIGTERM ends both, the control plane first or with it', async () => {
    const pid = sidecar.controlPlanePid();
    assert.ok(await sidecar.child().stop());
    assert.equal(sidecar.child().exitCode(), 0);
    assert.ok(!isRunning(pid));
    assert.ok(!sidecar.child().output().includes('control-plane-down'));
  });

  test('the control plane ends when serve is killed', async () => {
    const pid = sidecar.controlPlanePid();
    sidecar.child().kill('SIGKILL');
    await waitUntil('the control plane to be gone', () => !isRunning(pid));
  });

  test('each has a listener of its own, and neither answers for the other', async () => {
    const status = async (port: number, path: string) =>
      (await fetch(`http://127.0.0.1:${port}${path}`)).status;
    const jwks = '/.well-known/pomerium/jwks.json';
    for (const path of ['/livez', '/readyz', '/metrics', jwks])
      assert.equal(await status(sidecar.httpPort, path), 200, path);
    for (const path of ['/api/v1/openapi.json', '/scim/v2/Users', '/session'])
      assert.equal(await status(sidecar.httpPort, path), 404, path);
    for (const path of ['/livez', '/readyz', '/metrics', '/api/v1/openapi.json'])
      assert.equal(await status(sidecar.adminPort, path), 200, path);
    assert.equal(await status(sidecar.adminPort, jwks), 404);
    const metrics = async (port: number) => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    await waitUntil('the control plane to have counted credentials', async () =>
      /^sallyport_credentials_expiring\{purpose="mesh",within="30d"\} \d+$/m.test(
        await metrics(sidecar.adminPort),
      ),
    );
    assert.doesNotMatch(await metrics(sidecar.httpPort), /sallyport_credentials_expiring/);
  });

  test('a key file that is changed by hand is published, and what it no longer holds is refused', async () => {
    const keys = join(folder, 'store', 'keys');
    const published = () => readFileSync(join(keys, 'credential.public.jwks.json'), 'utf8');
    const before = published();
    const other = join(folder, 'other.jwks.json');
    await sidecar.cli(['key', 'init', '--only', 'credential', '--set', `keys.credential=${other}`]);
    writeFileSync(join(keys, 'credential.jwks.json'), readFileSync(other));
    await waitUntil('the new key to be published', () => published() !== before);
    const { keys: jwks }: { keys: Record<string, unknown>[] } = JSON.parse(published());
    assert.ok(jwks.length === 1 && jwks.every((jwk) => !('d' in jwk)));
    await waitUntil('the sidecar to take it up', () =>
      eventsOf(sidecar.child().output()).some((line) => line.event === 'keys-loaded' && !('plane' in line)),
    );
  });
});

describe('a control plane that can not start', () => {
  test('leaves serve ready, says why once, and is there when its port is free', async (t) => {
    const folder = mkdtempSync(join(root, 'taken-'));
    const [grpc, http, admin] = [await freePort(), await freePort(), await freePort()];
    const squatter = createServer();
    t.after(() => squatter.close());
    await new Promise<void>((done) => squatter.listen(admin, '127.0.0.1', done));
    const child = startServe(folder, {
      listen: [`127.0.0.1:${grpc}`],
      http: { listen: `127.0.0.1:${http}` },
      admin: { listen: `127.0.0.1:${admin}` },
    });
    t.after(() => child.stop());
    const downs = () => eventsOf(child.output()).filter(({ event }) => event === 'control-plane-down');
    await waitUntil('the reason', () => downs().length > 0);
    assert.match(
      downs()[0]?.problem ?? '',
      new RegExp(`^admin\\.listen: .*:${admin} is taken by process ${process.pid} `),
    );
    await waitUntil('serve to be ready', () => answersOk(`http://127.0.0.1:${http}/readyz`));
    const metrics = await (await fetch(`http://127.0.0.1:${http}/metrics`)).text();
    assert.match(metrics, /^sallyport_control_plane_up 0$/m);
    await new Promise((done) => squatter.close(done));
    await waitUntil('the control plane to be ready', () => answersOk(`http://127.0.0.1:${admin}/readyz`));
    assert.equal(downs().length, 1);
    assert.ok(await child.stop());
  });
});

describe('a start that has to make store and keys', () => {
  test('is refused with the reason of the process that makes them', async () => {
    const folder = mkdtempSync(join(root, 'refused-'));
    writeFileSync(join(folder, 'file'), '');
    const child = startServe(folder, { keys: { credential: join(folder, 'file', 'key.json') } });
    await waitUntil('its end', () => child.exitCode() !== undefined);
    assert.equal(child.exitCode(), 4);
    assert.match(child.output(), /sallyport: .*file\/key\.json: can't be made \(E\w+\)/);
  });

  test('makes them all with the admin API turned off, too', async () => {
    const folder = mkdtempSync(join(root, 'off-'));
    const http = await freePort();
    const child = startServe(folder, { http: { listen: `127.0.0.1:${http}` }, admin: { listen: 'off' } });
    await waitUntil('serve to be ready', () => answersOk(`http://127.0.0.1:${http}/readyz`));
    const keys = readdirSync(join(folder, 'data', 'keys')).sort();
    assert.deepEqual(keys, ['assertion.jwks.json', 'credential.jwks.json', 'credential.public.jwks.json']);
    assert.ok(existsSync(join(folder, 'data', 'store', 'side')));
    assert.doesNotMatch(await (await fetch(`http://127.0.0.1:${http}/metrics`)).text(), /control_plane/);
    assert.ok(await child.stop());
  });

  test('refuses a verification key file that holds a private key', async () => {
    const folder = mkdtempSync(join(root, 'private-'));
    const http = await freePort();
    const first = startServe(folder, { http: { listen: `127.0.0.1:${http}` }, admin: { listen: 'off' } });
    await waitUntil('serve to be ready', () => answersOk(`http://127.0.0.1:${http}/readyz`));
    await first.stop();
    const second = startServe(folder, {
      keys: { credential: 'off', verification: [join(folder, 'data', 'keys', 'credential.jwks.json')] },
    });
    await waitUntil('its end', () => second.exitCode() !== undefined);
    assert.match(second.output(), /holds a private key.*key init --public/);
  });
});

function startServe(folder: string, settings: Readonly<Record<string, unknown>>) {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'sallyport.yaml');
  writeFileSync(file, stringify({ listen: [`unix:${join(folder, 'check.sock')}`], ...settings }));
  return startChild([...programCommand(), 'serve', '--config', file]);
}

function isRunning(pid: number): boolean {
  try {
    // A process that has ended and that nothing has waited for is a zombie.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
