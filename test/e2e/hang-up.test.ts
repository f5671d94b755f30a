import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { answersOk, type Child, startChild } from '../support/child.ts';
import { type Sidecar, startSidecar } from '../support/sidecar.ts';
import { waitUntil } from '../support/wait-until.ts';

// Part 6b, B: "SIGHUP reloads, and never kills."

const PROGRAM = fileURLToPath(new URL('../../bin/sallyport.js', import.meta.url));

interface Line {
  readonly event: string;
  readonly plane?: string;
  readonly changed?: readonly string[];
}

function told(child: Child, event: string): Line[] {
  return child
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line): Line => JSON.parse(line))
    .filter((line) => line.event === event);
}

/** Whether a process catches SIGHUP, or ignores it (Linux). */
function minds(pid: number): boolean {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return /^SigCgt:\s*[0-9a-f]*[13579bdf]$/m.test(status);
  } catch {
    return false;
  }
}

describe('SIGHUP', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hang-up-'));
  let sidecar: Sidecar;
  before(async () => {
    sidecar = await startSidecar(folder, { controlPlane: true });
  });
  after(async () => {
    await sidecar.child().stop();
    rmSync(folder, { recursive: true });
  });

  test('has both planes read their files again, says what changed, and ends neither', async () => {
    const pid = sidecar.controlPlanePid();
    const child = sidecar.child();
    child.kill('SIGHUP');
    await waitUntil('both to say so', () => told(child, 'reloaded').length === 2);
    assert.deepEqual(
      new Set(told(child, 'reloaded').map(({ plane }) => plane)),
      new Set([undefined, 'control']),
    );
    // The same key in other bytes.
    appendFileSync(join(folder, 'store', 'keys', 'assertion.jwks.json'), '\n');
    child.kill('SIGHUP');
    await waitUntil('the key to be loaded', () => told(child, 'keys-loaded').length > 0);
    await waitUntil('both to say so again', () => told(child, 'reloaded').length === 4);
    // Sent to the control plane itself, as a terminal that is closed does.
    process.kill(pid, 'SIGHUP');
    await waitUntil('it to say so', () => told(child, 'reloaded').length === 5);
    assert.equal(sidecar.controlPlanePid(), pid);
    assert.equal(child.exitCode(), undefined);
    assert.ok(await answersOk(`http://127.0.0.1:${sidecar.httpPort}/readyz`));
    assert.equal(told(child, 'control-plane-down').length, 0);
  });

  test('also while it starts, as often as it comes, is no reason to end, and is made up for', async () => {
    await sidecar.child().stop();
    const child = startChild([process.execPath, PROGRAM, 'serve', '--config', sidecar.configFile]);
    try {
      await waitUntil('it to mind', () => minds(child.pid));
      const storm = setInterval(() => child.kill('SIGHUP'), 5);
      try {
        for (const port of [sidecar.httpPort, sidecar.adminPort])
          await waitUntil('it to be ready', () => answersOk(`http://127.0.0.1:${port}/readyz`));
        await waitUntil('it to read again', () => told(child, 'reloaded').length > 0);
      } finally {
        clearInterval(storm);
      }
      assert.equal(child.exitCode(), undefined, child.output());
      assert.equal(told(child, 'control-plane-down').length, 0);
    } finally {
      assert.equal(await child.stop(), true);
    }
    assert.equal(child.exitCode(), 0);
    await sidecar.restart();
  });
});
