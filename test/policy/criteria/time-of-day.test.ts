import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, assertRefused, inputOf } from '../../support/policy-cases.ts';

const office = { timezone: 'Europe/Berlin', after: '9:00', before: '17:30' };
const night = { timezone: 'UTC', after: '22:00', before: '6:00' };
const cases: [Record<string, string>, string, boolean][] = [
  [{ timezone: 'UTC', after: '12:00' }, '2027-01-06T11:59:59.999Z', false],
  [{ timezone: 'UTC', after: '12:00' }, '2027-01-06T12:00:00Z', true],
  [{ timezone: 'UTC', before: '12:00' }, '2027-01-06T00:00:00Z', true],
  [{ timezone: 'UTC', before: '12:00:01' }, '2027-01-06T12:00:00.999Z', true],
  [{ timezone: 'UTC', before: '12:00:01' }, '2027-01-06T12:00:01Z', false],
  [{ timezone: 'UTC', after: '5:30PM' }, '2027-01-06T17:30:00Z', true],
  [{ timezone: 'UTC', after: '5:30 pm' }, '2027-01-06T17:29:59Z', false],
  [{ timezone: 'UTC', before: '12:30AM' }, '2027-01-06T00:29:59Z', true],
  [{ timezone: 'UTC', before: '12:30AM' }, '2027-01-06T00:30:00Z', false],
  // Berlin is an hour ahead of UTC in winter and two in summer.
  [office, '2027-01-06T08:00:00Z', true],
  [office, '2027-01-06T07:59:59Z', false],
  [office, '2027-07-06T07:00:00Z', true],
  [office, '2027-07-06T15:29:59Z', true],
  [office, '2027-07-06T15:30:00Z', false],
  // On 28 March 2027 its clocks go from 2:00 to 3:00, on 31 October from 3:00 back to 2:00.
  [{ timezone: 'Europe/Berlin', after: '2:00', before: '3:00' }, '2027-03-28T00:59:59Z', false],
  [{ timezone: 'Europe/Berlin', after: '2:00', before: '3:00' }, '2027-03-28T01:00:00Z', false],
  [{ timezone: 'Europe/Berlin', after: '2:00', before: '3:00' }, '2027-10-31T00:30:00Z', true],
  [{ timezone: 'Europe/Berlin', after: '2:00', before: '3:00' }, '2027-10-31T01:30:00Z', true],
  [{ timezone: 'Asia/Kathmandu', after: '5:45', before: '5:46' }, '2027-01-06T00:00:00Z', true],
  [night, '2027-01-06T23:00:00Z', true],
  [night, '2027-01-06T05:59:59Z', true],
  [night, '2027-01-06T06:00:00Z', false],
  [night, '2027-01-06T21:59:59Z', false],
];
for (const [data, time, holds] of cases)
  test(`time_of_day ${JSON.stringify(data)} ${holds ? 'holds' : 'does not hold'} at ${time}`, () => {
    const input = inputOf('nobody', { time: Date.parse(time) });
    assert.deepEqual(ask({ time_of_day: data }, input), [
      holds,
      holds ? 'time-of-day-ok' : 'time-of-day-unauthorized',
    ]);
  });

const at = 'allow.or[0].time_of_day';
const refused: [unknown, string, RegExp][] = [
  ['9:00', at, /expected a map of timezone, after, before/],
  [{ after: '9:00' }, at, /expected timezone to be a zone/],
  [{ timezone: 'Europe/Atlantis', after: '9:00' }, `${at}.timezone`, /expected timezone to be a zone/],
  [{ timezone: 5, after: '9:00' }, `${at}.timezone`, /got the number 5/],
  [{ timezone: 'UTC' }, at, /expected after, before or both/],
  [{ timezone: 'UTC', after: '25:00' }, `${at}.after`, /expected a time of day/],
  [{ timezone: 'UTC', after: '9:60' }, `${at}.after`, /expected a time of day/],
  [{ timezone: 'UTC', after: '13:00PM' }, `${at}.after`, /expected a time of day/],
  [{ timezone: 'UTC', after: '0:00AM' }, `${at}.after`, /expected a time of day/],
  [{ timezone: 'UTC', after: 9 }, `${at}.after`, /expected a time of day/],
  [{ timezone: 'UTC', after: '9:00', before: '9:00' }, at, /no time lies between/],
  [{ time_zone: 'UTC', after: '9:00' }, `${at}.time_zone`, /did you mean "timezone"/],
];
for (const [data, path, message] of refused)
  test(`time_of_day ${JSON.stringify(data)} is refused`, () => {
    assertRefused({ allow: { or: [{ time_of_day: data }] } }, path, message);
  });
