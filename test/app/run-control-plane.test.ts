import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

test('a control plane whose serve ended while it started ends, too', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-orphan-'));
  const child = fork(MAIN, ['control-plane'], {
    execArgv: ['--import', import.meta.resolve('tsx')],
    env: {
      ...process.env,
      SALLYPORT_STORE__EMBEDDED__PATH: folder,
      SALLYPORT_ADMIN__LISTEN: `unix:${join(folder, 'admin.sock')}`,
    },
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  try {
    // Before it can have read a line of its program.
    child.disconnect();
    const [code, signal] = await Promise.race([
      once(child, 'exit'),
      new Promise<[undefined, string]>((resolve) => {
        setTimeout(() => resolve([undefined, 'it runs on']), 30_000).unref();
      }),
    ]);
    assert.equal(signal, null);
    assert.equal(typeof code, 'number');
  } finally {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
});
