import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { OperationError } from '../../../src/contract/operation-error.ts';
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

test('a change that always comes too late is a conflict with a time to retry, and writes nothing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-transact-'));
  const store = await openEmbeddedStore({ path: folder });
  const rival = await openEmbeddedStore({ path: folder });
  const access = machinePrincipal('tester', 'here', Date.now);
  const write = (id: string) => ({
    key: { kind: 'directory_group' as const, id },
    value: { id, name: id },
  });
  try {
    await assert.rejects(
      transact(store, access, async () => {
        const { revision } = await rival.position();
        await rival.commit(revision, [write('faster')]);
        return { writes: [write('late')], result: undefined };
      }),
      (error) => error instanceof OperationError && error.code === 'conflict' && error.retryAfter === 1,
    );
    assert.deepEqual(await store.get([{ kind: 'directory_group', id: 'late' }]), [undefined]);
  } finally {
    await rival.close();
    await store.close();
    rmSync(folder, { recursive: true });
  }
});
