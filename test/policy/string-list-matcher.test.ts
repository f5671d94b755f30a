import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClaimValue } from '../../src/accounts/directory-schema.ts';
import { ask, assertRefused, inputOf } from '../support/policy-cases.ts';

const cases: [unknown, ClaimValue[], boolean][] = [
  ['a', ['b', 'a'], true],
  ['a', [], false],
  [{ has: 'a' }, ['a'], true],
  [{ has: 3 }, [3], true],
  [{ has: 3 }, ['3'], false],
  [{ has: true }, [true], true],
  [{ has: null }, [], false],
  [{ is: 'a' }, ['a'], true],
  [{ is: 'a' }, ['a', 'a'], false],
  [{ is: 'a' }, [], false],
  [{ exclude: 'a' }, ['b'], true],
  [{ exclude: 'a' }, ['b', 'a'], false],
  [{ exclude: 'a' }, [], true],
  [{ has: 'a', exclude: 'b' }, ['a', 'c'], true],
  [{ has: 'a', exclude: 'b' }, ['a', 'b'], false],
  [{}, [], true],
];
for (const [data, values, holds] of cases)
  test(`the string-list matcher ${JSON.stringify(data)} ${holds ? 'fits' : 'does not fit'} ${JSON.stringify(values)}`, () => {
    assert.equal(ask({ 'claim/x': data }, inputOf({ claims: new Map([['x', values]]) }))[0], holds);
  });

test('the string-list matcher answers the same however often it searches one long list', () => {
  const values: ClaimValue[] = [...Array.from({ length: 200 }, (_, index) => `g${index}`), 3];
  const input = inputOf({ claims: new Map([['x', values]]) });
  for (let search = 0; search < 20; search++)
    for (const [data, holds] of [
      ['g199', true],
      [3, true],
      ['3', false],
      ['g200', false],
      [{ exclude: 'g0' }, false],
      [{ exclude: 'g200' }, true],
    ] as const)
      assert.equal(ask({ 'claim/x': data }, input)[0], holds, `search ${search} for ${JSON.stringify(data)}`);
});

const at = 'allow.or[0].claim/x';
const refused: [unknown, string, RegExp][] = [
  [['a'], at, /expected a single value, got a list/],
  [{ has: ['a'] }, `${at}.has`, /expected a single value, got a list/],
  [{ in: ['a'] }, `${at}.in`, /expected one of has, is, exclude/],
  [{ any: 'a' }, `${at}.any`, /expected one of has, is, exclude/],
  [{ excludes: 'a' }, `${at}.excludes`, /did you mean "exclude"\?/],
];
for (const [data, path, message] of refused)
  test(`the string-list matcher ${JSON.stringify(data)} is refused`, () => {
    assertRefused({ allow: { or: [{ 'claim/x': data }] } }, path, message);
  });
