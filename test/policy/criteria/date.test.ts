import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, assertRefused, inputOf } from '../../support/policy-cases.ts';

const cases: [unknown, string, boolean][] = [
  [{ after: '2027-01-01' }, '2026-12-31T23:59:59.999Z', false],
  [{ after: '2027-01-01' }, '2027-01-01T00:00:00.000Z', true],
  [{ before: '2027-01-01' }, '2026-12-31T23:59:59.999Z', true],
  [{ before: '2027-01-01' }, '2027-01-01T00:00:00.000Z', false],
  [{ after: '2027-01-01T12:00:00' }, '2027-01-01T11:59:59Z', false],
  [{ after: '2027-01-01T12:00:00' }, '2027-01-01T12:00:00Z', true],
  [{ after: '2027-01-01T12:00+02:00' }, '2027-01-01T10:00:00Z', true],
  [{ after: '2027-01-01T12:00+02:00' }, '2027-01-01T09:59:59Z', false],
  [{ after: '2027-01-01T00:00:00.500Z' }, '2027-01-01T00:00:00.499Z', false],
  [{ after: '2027-01-01', before: '2027-02-01' }, '2027-01-15T00:00:00Z', true],
  [{ after: '2027-01-01', before: '2027-02-01' }, '2027-02-15T00:00:00Z', false],
];
for (const [data, time, holds] of cases)
  test(`date ${JSON.stringify(data)} ${holds ? 'holds' : 'does not hold'} at ${time}`, () => {
    const input = inputOf('nobody', { time: Date.parse(time) });
    assert.deepEqual(ask({ date: data }, input), [holds, holds ? 'date-ok' : 'date-unauthorized']);
  });

const at = 'allow.or[0].date';
const refused: [unknown, string, RegExp][] = [
  ['2027-01-01', at, /expected a map of after, before/],
  [{}, at, /expected after, before or both/],
  [{ after: '2027-02-30' }, `${at}.after`, /expected a time such as/],
  [{ after: '2027-01-01T25:00:00Z' }, `${at}.after`, /expected a time such as/],
  [{ after: 'tomorrow' }, `${at}.after`, /expected a time such as/],
  [{ after: 1_800_000_000 }, `${at}.after`, /expected a time such as/],
  [{ since: '2027-01-01' }, `${at}.since`, /expected one of after, before/],
  [{ befor: '2027-01-01' }, `${at}.befor`, /did you mean "before"/],
  [{ after: '2027-02-01', before: '2027-01-01' }, at, /no time lies between/],
];
for (const [data, path, message] of refused)
  test(`date ${JSON.stringify(data)} is refused`, () => {
    assertRefused({ allow: { or: [{ date: data }] } }, path, message);
  });
