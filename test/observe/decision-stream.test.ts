import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createDecisionLog } from '../../src/observe/decision-log.ts';
import { createDecisionStream } from '../../src/observe/decision-stream.ts';
import { createLogger } from '../../src/observe/logger.ts';
import { StoreUnavailable } from '../../src/store/port.ts';
import { waitUntil } from '../support/wait-until.ts';
import { allow, deny, request } from './decisions.ts';

class Stored {
  readonly batches: string[][] = [];
  refusing = false;
  async appendDecisions(lines: readonly string[]): Promise<void> {
    if (this.refusing) throw new StoreUnavailable('away');
    this.batches.push([...lines]);
  }
}

function open(stored: Stored, { sample = 1, interval = 3_600_000 } = {}) {
  const faults: Error[] = [];
  const stream = createDecisionStream({
    side: stored,
    sample,
    interval,
    onFault: (fault) => faults.push(fault),
  });
  const offer = (verdict: 'allow' | 'deny', line: string) => {
    const taken = stream.takes(verdict);
    if (taken) stream.add(line);
    return taken;
  };
  return { stream, offer, faults };
}

describe('the stream of decisions', () => {
  test('is written in batches, in order', async () => {
    const stored = new Stored();
    const { stream, offer } = open(stored);
    const lines = Array.from({ length: 300 }, (_, n) => `${n}`);
    for (const line of lines) offer('deny', line);
    assert.deepEqual(stored.batches, [], 'nobody waits for it');
    await stream.close();
    assert.deepEqual(stored.batches.flat(), lines);
    assert.ok(stored.batches.length > 1);
  });

  test('drops what is too much, counts it, and keeps room for denials', async () => {
    const stored = new Stored();
    const { stream, offer } = open(stored);
    for (let n = 0; n < 1000; n++) offer('allow', 'allow');
    for (let n = 0; n < 150; n++) offer('deny', 'deny');
    assert.equal(stream.dropped(), 650);
    await stream.close();
    const all = stored.batches.flat();
    assert.equal(all.filter((line) => line === 'allow').length, 400);
    assert.equal(all.filter((line) => line === 'deny').length, 100);
  });

  test('holds all denials and a sample of what is allowed; what is not sampled is not dropped', async () => {
    const stored = new Stored();
    const none = open(stored, { sample: 0 });
    for (let n = 0; n < 100; n++) assert.ok(!none.offer('allow', 'allow'));
    assert.ok(none.offer('deny', 'deny'));
    const half = open(stored, { sample: 0.5 });
    const taken = Array.from({ length: 400 }, () => half.offer('allow', 'allow')).filter(Boolean).length;
    // Outside once in 10^20 runs.
    assert.ok(taken > 100 && taken < 300, `${taken} of 400`);
    assert.deepEqual([none.stream.dropped(), half.stream.dropped()], [0, 0]);
  });

  test('keeps what waits while the store is away, within its bound', async () => {
    const stored = new Stored();
    const { stream, offer, faults } = open(stored, { interval: 1 });
    stored.refusing = true;
    offer('deny', 'first');
    await waitUntil('a refusal', () => faults.length > 0);
    for (let n = 0; n < 1000; n++) offer('deny', 'later');
    stored.refusing = false;
    await waitUntil('them to be written', () => stored.batches.flat().length >= 500);
    await stream.close();
    assert.equal(stored.batches.flat()[0], 'first');
    assert.equal(stored.batches.flat().length + stream.dropped(), 1001);
    assert.ok(stream.dropped() >= 500);
  });

  test('counts what is left where the store is away at the end', async () => {
    const stored = new Stored();
    const { stream, offer } = open(stored);
    stored.refusing = true;
    offer('deny', 'lost');
    await stream.close();
    assert.equal(stream.dropped(), 1);
  });

  test('holds the very lines of the log, whichever of the two wants a decision', async () => {
    for (const [which, sample, logged, kept] of [
      ['all', 1, 2, 2],
      ['all', 0, 2, 1],
      ['denied', 1, 1, 2],
      ['none', 1, 0, 2],
    ] as const) {
      const stored = new Stored();
      const { stream } = open(stored, { sample });
      const lines: string[] = [];
      const logger = createLogger({ level: 'info', to: { write: (line) => lines.push(line) } });
      const log = createDecisionLog(logger, which, 'peer', stream);
      log(allow, request, 1);
      log(deny, request, 1);
      await stream.close();
      const all = stored.batches.flat();
      assert.deepEqual([lines.length, all.length], [logged, kept], `${which}, ${sample}`);
      assert.equal(lines.at(-1) ?? `${all.at(-1)}\n`, `${all.at(-1)}\n`);
      assert.doesNotMatch(all.join(''), /eyJ|token=/);
    }
  });
});
