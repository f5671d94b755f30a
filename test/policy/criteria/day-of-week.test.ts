import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, assertRefused, inputOf } from '../../support/policy-cases.ts';

const week = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const cases: [string, string[]][] = [
  ['*', week],
  ['mon', ['mon']],
  ['Monday', ['mon']],
  ['mon,wed', ['mon', 'wed']],
  ['mon, wed', ['mon', 'wed']],
  ['mon-fri', ['mon', 'tue', 'wed', 'thu', 'fri']],
  ['fri-mon', ['fri', 'sat', 'sun', 'mon']],
  ['tue,sat-sun', ['tue', 'sat', 'sun']],
  ['mon-mon', ['mon']],
];
for (const [data, days] of cases)
  test(`day_of_week ${data} holds on ${days.join(', ')} by UTC, and on no other day`, () => {
    for (const [index, day] of week.entries()) {
      const holds = days.includes(day);
      const expected = [holds, holds ? 'day-of-week-ok' : 'day-of-week-unauthorized'];
      // 3 January 2027 is a Sunday; 4 January 1970 was one.
      for (const sunday of [Date.UTC(2027, 0, 3), Date.UTC(1970, 0, 4), Date.UTC(1969, 11, 28)])
        for (const moment of [0, 86_399_999])
          assert.deepEqual(
            ask({ day_of_week: data }, inputOf('nobody', { time: sunday + index * 86_400_000 + moment })),
            expected,
          );
    }
  });

for (const data of [
  '',
  'mo',
  'mon-',
  '-mon',
  'mon-tue-wed',
  'mon;tue',
  'm',
  'someday',
  1,
  null,
  ['mon'],
  { is: 'mon' },
])
  test(`day_of_week ${JSON.stringify(data)} is refused`, () => {
    assertRefused(
      { allow: { or: [{ day_of_week: data }] } },
      'allow.or[0].day_of_week',
      /expected days such as/,
    );
  });
