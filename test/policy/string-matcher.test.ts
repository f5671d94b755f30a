import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, assertRefused, inputOf } from '../support/policy-cases.ts';

const cases: [unknown, string, boolean][] = [
  ['a', 'a', true],
  ['a', 'b', false],
  [{ is: 'a' }, 'a', true],
  [{ not: 'a' }, 'a', false],
  [{ not: 'a' }, 'b', true],
  [{ contains: 'b' }, 'abc', true],
  [{ contains: '' }, '', true],
  [{ contains: 'd' }, 'abc', false],
  [{ starts_with: 'ab' }, 'abc', true],
  [{ starts_with: 'bc' }, 'abc', false],
  [{ ends_with: 'bc' }, 'abc', true],
  [{ ends_with: 'ab' }, 'abc', false],
  [{ in: ['a', 'b'] }, 'b', true],
  [{ in: [] }, 'b', false],
  [{ not_in: ['a', 'b'] }, 'b', false],
  [{ not_in: [] }, 'b', true],
  [{ starts_with: 'a', ends_with: 'c' }, 'abc', true],
  [{ starts_with: 'a', ends_with: 'c' }, 'abd', false],
  [{}, 'anything', true],
  // No text equals a number, true or null, but Pomerium takes them.
  [5, '5', false],
  [{ is: 5 }, '5', false],
  [{ not: 5 }, '5', true],
  [{ in: [5, true, null] }, 'true', false],
  [null, '', false],
];
for (const [data, text, holds] of cases)
  test(`the string matcher ${JSON.stringify(data)} ${holds ? 'fits' : 'does not fit'} "${text}"`, () => {
    assert.equal(ask({ user: data }, inputOf({ userId: text }))[0], holds);
  });

const at = 'allow.or[0].user';
const refused: [unknown, string, RegExp][] = [
  [['a'], at, /expected a single value, got a list/],
  [{ is: ['a'] }, `${at}.is`, /expected a single value, got a list/],
  [{ in: 'a' }, `${at}.in`, /expected a list of texts, got "a"/],
  [{ not_in: 'a' }, `${at}.not_in`, /expected a list of texts, got "a"/],
  [{ in: ['a', ['b']] }, `${at}.in[1]`, /expected a single value, got a list/],
  [{ contains: 5 }, `${at}.contains`, /expected text, got the number 5/],
  [{ starts_with: null }, `${at}.starts_with`, /expected text, got null/],
  [{ regex: 'x' }, `${at}.regex`, /expected one of is, not/],
  [{ start_with: 'x' }, `${at}.start_with`, /did you mean "starts_with"\?/],
];
for (const [data, path, message] of refused)
  test(`the string matcher ${JSON.stringify(data)} is refused`, () => {
    assertRefused({ allow: { or: [{ user: data }] } }, path, message);
  });
