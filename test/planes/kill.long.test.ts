// Whatever ends or stops the control plane's process, Checks go on; and it never outlives `serve`.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { answersOk } from '../support/child.ts';
import { runAttack } from '../support/run-attack.ts';
import { waitUntil } from '../support/wait-until.ts';
import { largeApply } from './attack-bodies.ts';
import { type AttackMesh, startAttackMesh } from './attack-mesh.ts';
import { startSteadyChecks, summarizeChecks } from './steady-checks.ts';

const KILLS = 5;
/** A start of the control plane on a busy machine, with the pause before it, in milliseconds. */
const PATIENCE = 60_000;

let mesh: AttackMesh;
beforeEach(async () => {
  mesh = await startAttackMesh();
});
afterEach(() => mesh.stop());

const adminIsReady = () => answersOk(`http://127.0.0.1:${mesh.adminPort}/readyz`);
const serveIsReady = () => answersOk(`http://127.0.0.1:${mesh.sidecar.httpPort}/readyz`);

/** Creates or replaces a directory group; whether that was acknowledged. */
async function putGroup(id: string): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${mesh.adminPort}/api/v1/directory-groups/${id}`, {
      method: 'PUT',
      headers: {
        authorization: `Bearer ${mesh.admin}`,
        'content-type': 'application/json',
        'if-none-match': '*',
        connection: 'close',
      },
      body: JSON.stringify({ id, name: id }),
    });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

/** Writes as fast as it is acknowledged, until stopped; the ids that were acknowledged. */
function startWriting(): { stop(): Promise<readonly string[]> } {
  const acknowledged: string[] = [];
  let stopped = false;
  const running = Promise.all(
    Array.from({ length: 4 }, async (_, lane) => {
      for (let n = 0; !stopped; n += 1) {
        const id = `group-${lane}-${n}`;
        if (await putGroup(id)) acknowledged.push(id);
        else await delay(20);
      }
    }),
  );
  return {
    async stop() {
      stopped = true;
      await running;
      return acknowledged;
    },
  };
}

function isRunning(pid: number): boolean {
  try {
    // A process that has ended and that nothing has waited for is a zombie.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

test('the control plane is killed again and again while it writes: no Check fails, and it comes back with all that it acknowledged', async (t) => {
  const checks = startSteadyChecks(mesh.meshPort, mesh.robot);
  t.after(() => checks.stop());
  const writing = startWriting();
  t.after(() => writing.stop());
  const times: number[] = [];
  for (let n = 0; n < KILLS; n += 1) {
    await delay(1000);
    const pid = mesh.sidecar.controlPlanePid();
    process.kill(pid, 'SIGKILL');
    const killed = performance.now();
    await waitUntil('the control plane to be back', adminIsReady, { timeout: PATIENCE });
    times.push(performance.now() - killed);
    assert.notEqual(mesh.sidecar.controlPlanePid(), pid);
    assert.ok(await serveIsReady(), 'serve stays ready');
  }
  const acknowledged = await writing.stop();
  await checks.stop();
  const { failed, count, p99 } = summarizeChecks(checks.calls);
  console.log(
    `${count} Checks, ${failed} failed, p99 ${p99.toFixed(1)} ms; back after ${times.map((time) => `${Math.round(time)} ms`).join(', ')}; ${acknowledged.length} writes acknowledged`,
  );
  assert.equal(failed, 0);
  assert.ok(count > 100 * KILLS, `${count} Checks`);
  assert.ok(acknowledged.length > KILLS);
  const { id } = await mesh.sidecar.cliJson<{ id: string }>(['get', 'DirectoryGroup', acknowledged[0] ?? '']);
  assert.equal(id, acknowledged[0]);
  const groups = await mesh.sidecar.cliJson<{ id: string }[]>(['get', 'DirectoryGroup']);
  const stored = new Set(groups.map((group) => group.id));
  assert.deepEqual(
    acknowledged.filter((each) => !stored.has(each)),
    [],
  );
});

test('the control plane is frozen while it writes: no Check fails, and serve still ends when it is asked to', async () => {
  const checks = startSteadyChecks(mesh.meshPort, mesh.robot);
  const writing = startWriting();
  await delay(1000);
  const pid = mesh.sidecar.controlPlanePid();
  process.kill(pid, 'SIGSTOP');
  await delay(5000);
  assert.ok(await serveIsReady(), 'serve stays ready');
  await checks.stop();
  const { failed, count } = summarizeChecks(checks.calls);
  assert.equal(failed, 0);
  assert.ok(count > 100, `${count} Checks`);
  assert.ok(await mesh.sidecar.child().stop(PATIENCE), 'serve ended by itself');
  assert.ok(!isRunning(pid), 'the control plane is gone');
  await writing.stop();
});

test('serve is killed while the control plane is busy: the control plane ends, and the next serve has both', async () => {
  const apply = runAttack(mesh.folder, {
    port: mesh.adminPort,
    parallel: 3,
    lasts: 1,
    requests: [
      {
        method: 'POST',
        path: '/api/v1/resources:apply?dry_run=true',
        headers: { authorization: `Bearer ${mesh.manager}`, 'content-type': 'application/json' },
        bodyFile: mesh.bodyFile('apply.json', largeApply()),
      },
    ],
  });
  await delay(1500);
  const pid = mesh.sidecar.controlPlanePid();
  mesh.sidecar.child().kill('SIGKILL');
  await waitUntil('the control plane to be gone', () => !isRunning(pid), { timeout: PATIENCE });
  await apply;
  await mesh.sidecar.restart();
  assert.notEqual(mesh.sidecar.controlPlanePid(), pid);
  const checks = startSteadyChecks(mesh.meshPort, mesh.robot);
  await waitUntil('Checks to be answered', () => checks.calls.some(({ status }) => status === 200));
  await checks.stop();
});
