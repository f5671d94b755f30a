import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Refused } from '../../src/admin/problem.ts';
import { Turns } from '../../src/admin/turns.ts';

/** Work that goes on until it is told to end. */
function work() {
  let end = (_result: string): void => {};
  let fail = (_error: Error): void => {};
  const promise = new Promise<string>((resolve, reject) => {
    end = resolve;
    fail = reject;
  });
  let begun = false;
  const begin = () => {
    begun = true;
    return promise;
  };
  return { begin, end, fail, begun: () => begun };
}

test('a few run, a few wait in order, the others are refused', async () => {
  const turns = new Turns({ running: 1, waiting: 1 });
  const [first, second, third] = [work(), work(), work()];
  const running = turns.take(first.begin);
  const waiting = turns.take(second.begin);
  await assert.rejects(turns.take(third.begin), (error) => {
    assert.ok(error instanceof Refused);
    assert.equal(error.code, 'too-many-requests');
    return true;
  });
  assert.deepEqual([first.begun(), second.begun(), third.begun()], [true, false, false]);
  first.end('done');
  assert.equal(await running, 'done');
  second.end('done too');
  assert.equal(await waiting, 'done too');
  assert.equal(third.begun(), false);
});

test('work that fails gives its place back', async () => {
  const turns = new Turns({ running: 1, waiting: 0 });
  const failing = work();
  const failed = turns.take(failing.begin);
  failing.fail(new Error('broken'));
  await assert.rejects(failed, /broken/);
  assert.equal(await turns.take(async () => 'next'), 'next');
});
