import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { VerificationOverloaded, VerificationQueue } from '../../src/tokens/verification-queue.ts';

/** Work that ends when the test says so, and tells when it began. */
function makeWork() {
  const begun: string[] = [];
  const ends = new Map<string, (error?: Error) => void>();
  const work = (name: string) => () => {
    begun.push(name);
    return new Promise<string>((resolve, reject) => {
      ends.set(name, (error) => (error ? reject(error) : resolve(name)));
    });
  };
  return { begun, work, end: (name: string, error?: Error) => ends.get(name)?.(error) };
}

describe('the verification queue', () => {
  test('does so many at once, and serves those who wait in turns by lane', async () => {
    const queue = new VerificationQueue({ concurrency: 1, capacity: 10, laneCapacity: 10 });
    const { begun, work, end } = makeWork();
    const names = ['a1', 'a2', 'a3', 'b1', 'b2', 'c1'];
    const all = names.map((name) => queue.run(name.charAt(0), work(name)));
    for (const expected of ['a1', 'a2', 'b1', 'c1', 'a3', 'b2']) {
      assert.equal(begun.at(-1), expected);
      end(expected);
      await all[names.indexOf(expected)];
    }
    assert.equal(begun.length, 6);
  });

  test('goes on after work that failed, and tells whose it was', async () => {
    const queue = new VerificationQueue({ concurrency: 1, capacity: 1, laneCapacity: 1 });
    const { work, end } = makeWork();
    const first = queue.run('a', work('a'));
    const second = queue.run('b', work('b'));
    end('a', new Error('broken'));
    await assert.rejects(first, /broken/);
    end('b');
    assert.equal(await second, 'b');
  });

  test('turns away what exceeds a lane or the whole', async () => {
    const queue = new VerificationQueue({ concurrency: 1, capacity: 3, laneCapacity: 2 });
    const { work, end } = makeWork();
    const first = queue.run('a', work('0'));
    const waiting = [queue.run('a', work('1')), queue.run('a', work('2'))];
    await assert.rejects(queue.run('a', work('3')), VerificationOverloaded);
    waiting.push(queue.run('b', work('4')));
    await assert.rejects(queue.run('c', work('5')), VerificationOverloaded);
    end('0');
    await first;
    for (const [name, index] of [
      ['1', 0],
      ['4', 2],
      ['2', 1],
    ] as const) {
      end(name);
      await waiting[index];
    }
  });
});
