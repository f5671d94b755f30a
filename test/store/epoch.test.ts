import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAcceptedEpoch, supersedes } from '../../src/store/epoch.ts';
import { openReplica } from '../../src/store/open-replica.ts';
import { within } from '../support/within.ts';
import { FakeStore } from './fake-store.ts';

test('only a later acceptance supersedes, whatever the clock says', () => {
  const first = createAcceptedEpoch(1000, 'made');
  const second = createAcceptedEpoch(500, first);
  assert.ok(supersedes(first, 'made') && supersedes(second, first));
  for (const [epoch, followed] of [
    ['other', 'made'],
    ['made', first],
    [first, first],
    [first, second],
  ] as const)
    assert.ok(!supersedes(epoch, followed), `${epoch} over ${followed}`);
});

test('a replica follows an accepted history, and builds nothing on the snapshot of the one before', async () => {
  const store = new FakeStore();
  store.set({ key: { kind: 'route', id: 'a' }, value: {} });
  store.set({ key: { kind: 'route', id: 'b' }, value: {} });
  let swapped = () => {};
  const swap = new Promise<void>((resolve) => {
    swapped = resolve;
  });
  const built: unknown[] = [];
  const replica = await openReplica({
    store,
    build: ({ position }, previous: string | undefined) => {
      built.push(previous);
      return position.epoch;
    },
    onSnapshot: () => swapped(),
  });
  try {
    store.epoch = createAcceptedEpoch(Date.now(), 'one');
    store.revision = 1;
    store.wake();
    await within(swap, 'the accepted history');
    assert.equal(replica.snapshot, store.epoch);
    assert.deepEqual(built, [undefined, undefined]);
    assert.deepEqual(replica.position, { epoch: store.epoch, revision: 1 });
  } finally {
    await replica.close();
  }
});
