import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createWriteBehind } from '../../src/store/write-behind.ts';
import { waitUntil } from '../support/wait-until.ts';

interface Tried {
  readonly behind: ReturnType<typeof createWriteBehind>;
  readonly written: number[];
  readonly faults: string[];
  waiting: number;
  /** What the store does with a write. */
  answer: () => Promise<void>;
}

function tryIt(interval: number): Tried {
  const tried: Tried = {
    behind: createWriteBehind({
      interval,
      pending: () => tried.waiting > 0,
      async write() {
        const taken = tried.waiting;
        tried.waiting = 0;
        try {
          await tried.answer();
          tried.written.push(taken);
        } catch (error) {
          tried.waiting += taken;
          throw error;
        }
      },
      onFault: ({ message }) => tried.faults.push(message),
    }),
    written: [],
    faults: [],
    waiting: 0,
    answer: async () => undefined,
  };
  return tried;
}

function add(tried: Tried): void {
  tried.waiting += 1;
  tried.behind.wake();
}

/** The next write lasts until the function that this returns is called. */
function hold(tried: Tried): () => void {
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  tried.answer = () => held;
  return () => release();
}

describe('writing behind', () => {
  test('what comes in quick succession is one write', async () => {
    const tried = tryIt(5);
    for (let n = 0; n < 10; n++) add(tried);
    assert.deepEqual(tried.written, []);
    await waitUntil('the write', () => tried.written.length > 0);
    assert.deepEqual(tried.written, [10]);
    await tried.behind.close();
    assert.deepEqual(tried.written, [10], 'nothing was left');
  });

  test('what comes while a write is under way waits for the next, and no two run at once', async () => {
    const tried = tryIt(1);
    const release = hold(tried);
    add(tried);
    await waitUntil('the write to begin', () => tried.waiting === 0);
    add(tried);
    add(tried);
    tried.answer = async () => undefined;
    release();
    await waitUntil('both writes', () => tried.written.length === 2);
    assert.deepEqual(tried.written, [1, 2]);
  });

  test('a write that fails is tried again, and told once', async () => {
    const tried = tryIt(1);
    let attempts = 0;
    tried.answer = async () => {
      if (++attempts < 4) throw new Error(`no ${attempts}`);
    };
    add(tried);
    await waitUntil('the write', () => tried.written.length > 0);
    assert.deepEqual([attempts, tried.written, tried.faults], [4, [1], ['no 1']]);
    attempts = 0;
    add(tried);
    await waitUntil('the next write', () => tried.written.length > 1);
    assert.deepEqual(tried.faults, ['no 1', 'no 1'], 'it had worked in between');
  });

  test('closing writes what is left, at once, and nothing is written after it', async () => {
    const tried = tryIt(3_600_000);
    add(tried);
    await tried.behind.close();
    assert.deepEqual(tried.written, [1]);
    add(tried);
    await tried.behind.close();
    assert.deepEqual(tried.written, [1]);
  });

  test('closing waits for the write under way, and writes what came since', async () => {
    const tried = tryIt(1);
    const release = hold(tried);
    add(tried);
    await waitUntil('the write to begin', () => tried.waiting === 0);
    add(tried);
    const closed = tried.behind.close();
    release();
    await closed;
    assert.deepEqual(tried.written, [1, 1]);
  });
});
