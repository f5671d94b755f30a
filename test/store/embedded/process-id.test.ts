import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openEmbeddedStore } from '../../../src/store/embedded/embedded-store.ts';
import { within } from '../../support/within.ts';

const SCRIPT = fileURLToPath(new URL('open-store.ts', import.meta.url));
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** A process whose id is 1, in a PID namespace of its own, as a container's is. Making one takes root. */
function startContained(path: string) {
  const child = spawn(
    'unshare',
    ['--pid', '--fork', '--kill-child', process.execPath, '--import', 'tsx', SCRIPT, path],
    { cwd: ROOT, stdio: ['pipe', 'pipe', 'pipe'] },
  );
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const opened = Promise.race([once(child.stdout, 'data').then(String), once(child, 'close').then(() => '')]);
  return { child, opened, said: () => said, ended: once(child, 'close') };
}

describe('two processes of one id, in different PID namespaces', () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sallyport-store-'));
    path = join(folder, 'store');
  });
  afterEach(() => rm(folder, { recursive: true }));

  test('the second is refused with the reason as long as the first has the store open', async () => {
    const first = startContained(path);
    assert.equal(await within(first.opened, 'the first'), '1 opened\n');
    const second = startContained(path);
    await within(second.ended, 'the end of the second');
    assert.match(
      second.said(),
      /another PID namespace has the store in .* open under the same process id \(1\)/,
    );

    first.child.stdin.end();
    await within(first.ended, 'the end of the first');
    const third = startContained(path);
    assert.equal(await within(third.opened, 'the third'), '1 opened\n', third.said());
    third.child.stdin.end();
    await within(third.ended, 'the end of the third');
  });

  test('a killed process leaves its id to the next one', async () => {
    const first = startContained(path);
    assert.equal(await within(first.opened, 'the first'), '1 opened\n');
    first.child.kill('SIGKILL');
    await within(first.ended, 'the end of the first');
    const second = startContained(path);
    assert.equal(await within(second.opened, 'the second'), '1 opened\n', second.said());
    second.child.stdin.end();
    await within(second.ended, 'the end of the second');
  });

  test('a process may open a store as often as it likes, one after the other and at once, however deep the folder lies', async () => {
    const deep = join(folder, ...Array.from({ length: 8 }, () => 'a-folder-with-a-long-name'), 'store');
    for (let round = 0; round < 2; round++) {
      const stores = await Promise.all([1, 2].map(() => openEmbeddedStore({ path: deep })));
      await Promise.all(stores.map((store) => store.close()));
    }
  });
});
