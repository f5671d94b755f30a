import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FairQueue } from '../../src/admin/fair-queue.ts';
import { OperationError } from '../../src/contract/operation-error.ts';

/** A queue and jobs that are ended by hand, with the order in which they began. */
function jobs(sizes: ConstructorParameters<typeof FairQueue>[0]) {
  const queue = new FairQueue(sizes);
  const begun: string[] = [];
  const ends = new Map<string, (error?: Error) => void>();
  const stay = new AbortController().signal;
  const take = (name: string, gone = stay) =>
    queue.take(name.slice(0, 1), gone, () => {
      begun.push(name);
      return new Promise<string>((resolve, reject) => {
        ends.set(name, (error) => (error ? reject(error) : resolve(name)));
      });
    });
  return {
    begun,
    take,
    /** Resolves once whoever is next had the time to begin. */
    async end(name: string, error?: Error) {
      ends.get(name)?.(error);
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

const isRefusal = (error: unknown) => error instanceof OperationError && error.code === 'too-many-requests';

test('a holder has one job that runs, and holders take turns', async () => {
  const { begun, take, end } = jobs({ running: 2, waitingEach: 3, waiting: 9 });
  for (const name of ['a1', 'a2', 'a3', 'b1', 'b2', 'c1']) void take(name);
  await end('none');
  assert.deepEqual(begun, ['a1', 'b1']);
  await end('a1');
  assert.deepEqual(begun, ['a1', 'b1', 'c1'], 'c waited, and a had its turn');
  await end('b1');
  await end('c1');
  assert.deepEqual(begun, ['a1', 'b1', 'c1', 'a2', 'b2']);
});

test('a holder with too many jobs is refused with a time to retry, and another is not', async () => {
  const { take } = jobs({ running: 1, waitingEach: 1, waiting: 9 });
  void take('a1');
  void take('a2');
  await assert.rejects(take('a3'), (error) => {
    assert.ok(error instanceof OperationError);
    assert.equal(error.code, 'too-many-requests');
    assert.ok(error.retryAfter !== undefined && error.retryAfter > 0);
    return true;
  });
  let settled = false;
  void take('b1').finally(() => {
    settled = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(settled, false, 'it waits');
});

test('jobs of all holders together are bounded', async () => {
  const { take } = jobs({ running: 1, waitingEach: 9, waiting: 2 });
  void take('a1');
  void take('b1');
  void take('c1');
  await assert.rejects(take('d1'), isRefusal);
});

test('a job whose client has gone never begins, and leaves its place to the next', async () => {
  const { begun, take, end } = jobs({ running: 1, waitingEach: 1, waiting: 9 });
  void take('a1');
  const client = new AbortController();
  const waiting = take('a2', client.signal);
  client.abort();
  await assert.rejects(waiting, isRefusal);
  void take('a3');
  await end('a1');
  assert.deepEqual(begun, ['a1', 'a3']);
  await assert.rejects(take('b1', client.signal), isRefusal);
});

test('a job that fails gives its place back', async () => {
  const { begun, take, end } = jobs({ running: 1, waitingEach: 1, waiting: 9 });
  const failed = take('a1');
  void take('b1');
  const rejects = assert.rejects(failed, /broken/);
  await end('none');
  await end('a1', new Error('broken'));
  await rejects;
  assert.deepEqual(begun, ['a1', 'b1']);
});
