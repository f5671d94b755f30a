import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { formatDuration, parseDuration } from '../../src/config/duration.ts';

const DURATIONS: readonly (readonly [text: string, milliseconds: number | undefined])[] = [
  ['200ms', 200],
  ['10s', 10_000],
  ['5m', 300_000],
  ['24h', 86_400_000],
  ['30d', 2_592_000_000],
  ['2w', 1_209_600_000],
  ['1y', 31_536_000_000],
  ['6mo', undefined],
  ['0s', 0],
  ['10', undefined],
  ['10 s', undefined],
  ['1.5s', undefined],
  ['-1s', undefined],
  ['1e3s', undefined],
  ['1h30m', undefined],
  ['10S', undefined],
  ['9999999999s', undefined],
  ['1toString', undefined],
  ['', undefined],
];

describe('durations', () => {
  for (const [text, milliseconds] of DURATIONS)
    it(`${JSON.stringify(text)} is ${milliseconds ?? 'none'}`, () =>
      assert.equal(parseDuration(text), milliseconds));

  it('are read as they are written', () => {
    fc.assert(fc.property(fc.nat(999_999_999), (ms) => assert.equal(parseDuration(formatDuration(ms)), ms)));
  });
});
