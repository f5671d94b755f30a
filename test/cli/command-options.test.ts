import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Command } from 'commander';
import {
  addExpiryOptions,
  expiryOf,
  parseDurationArgument,
  parseSince,
  parseTimeArgument,
} from '../../src/cli/command-options.ts';

const NOW = Date.UTC(2026, 5, 1);
const DAY = 86_400_000;

function expiry(...flags: string[]): string | undefined {
  const command = addExpiryOptions(new Command('sa'))
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  command.parse(flags, { from: 'user' });
  const at = expiryOf(command.opts(), NOW);
  return at === undefined ? undefined : new Date(at).toISOString();
}

describe('an expiry', () => {
  const ROWS: readonly (readonly [text: string, at: string | undefined])[] = [
    ['2027-01-01', '2027-01-01T00:00:00.000Z'],
    ['2027-01-01T12:00:00Z', '2027-01-01T12:00:00.000Z'],
    ['2027-01-01T12:00:00+02:00', '2027-01-01T10:00:00.000Z'],
    ['12h', '2026-06-01T12:00:00.000Z'],
    ['90d', '2026-08-30T00:00:00.000Z'],
    ['2w', '2026-06-15T00:00:00.000Z'],
    ['1y', '2027-06-01T00:00:00.000Z'],
    ['never', undefined],
  ];
  for (const [text, at] of ROWS)
    test(`${text} is ${at ?? 'none'}`, () => {
      for (const flag of ['--expires', '--expires-at', '--expires-in']) assert.equal(expiry(flag, text), at);
    });
  test('is none if it is not given', () => assert.equal(expiry(), undefined));
  for (const text of [
    '',
    '0d',
    '90',
    '6mo',
    '2027-02-30',
    '2027-1-1',
    '2027-01-01T12:00:00',
    'soon',
    '101y',
    '-1d',
  ])
    test(`${JSON.stringify(text)} is refused with examples`, () =>
      assert.throws(() => expiry('--expires', text), /90d, 6w or 1y, a date such as 2027-01-31 .* or never/));
  test('is given once', () =>
    assert.throws(() => expiry('--expires', '1d', '--expires-in', '1d'), /cannot be used with/));
});

test('times, durations and what is since take dates, weeks and years', () => {
  assert.equal(parseTimeArgument('2027-01-31'), Date.UTC(2027, 0, 31));
  assert.throws(() => parseTimeArgument('1d'), /expected a date such as/);
  assert.equal(parseDurationArgument('1y'), 365 * DAY);
  assert.throws(() => parseDurationArgument('never'), /expected a duration/);
  assert.deepEqual(parseSince('2w'), { ago: 14 * DAY });
  assert.deepEqual(parseSince('2027-01-31'), { at: Date.UTC(2027, 0, 31) });
  assert.throws(() => parseSince('yesterday'), /how long ago, such as 15m/);
});
