import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { transact } from '../../../src/operations/changes/transact.ts';
import { machinePrincipal } from '../../../src/operations/principal.ts';
import { openEmbeddedStore } from '../../../src/store/embedded/embedded-store.ts';
import { collectGarbage } from '../../resources/collect-garbage.ts';

test('the result of a change, which may be large, is not kept until the next change', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-transact-'));
  const store = await openEmbeddedStore({ path: folder });
  const access = machinePrincipal('tester', 'here', Date.now);
  /** A frame of its own: what is only in it is garbage after it. */
  const change = async () => {
    const { result } = await transact(store, access, async () => ({ writes: [], result: { large: true } }));
    assert.ok(result.large);
    return new WeakRef(result);
  };
  try {
    const result = await change();
    // A WeakRef holds its target until the turn of the event loop that made it ends.
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
    assert.equal(result.deref(), undefined);
  } finally {
    await store.close();
    rmSync(folder, { recursive: true });
  }
});
