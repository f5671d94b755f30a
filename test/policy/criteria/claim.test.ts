import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, assertRefused, inputOf } from '../../support/policy-cases.ts';

type Values = (string | number | boolean)[];
const cases: [string, unknown, Record<string, Values>, boolean][] = [
  ['claim/department', 'eng', { department: ['eng'] }, true],
  ['claim/department', 'eng', { department: ['it', 'eng'] }, true],
  ['claim/department', { is: 'eng' }, { department: ['it', 'eng'] }, false],
  ['claim/department', { exclude: 'eng' }, { department: ['it'] }, true],
  ['claim/missing', 'eng', {}, false],
  ['claim/missing', { exclude: 'eng' }, {}, true],
  ['claim/level', 3, { level: [3] }, true],
  ['claim/level', '3', { level: [3] }, false],
  ['claim/level', true, { level: ['true'] }, false],
  ['claim/nested/a', 'x', { 'nested/a': ['x'] }, true],
  ['claim/https://acme.com/roles', 'x', { 'https://acme.com/roles': ['x'] }, true],
  ['claim/__proto__', 'x', {}, false],
];
for (const [name, data, claims, holds] of cases)
  test(`${name} ${JSON.stringify(data)} ${holds ? 'holds' : 'does not hold'} for ${JSON.stringify(claims)}`, () => {
    const input = inputOf({ claims: new Map(Object.entries(claims)) });
    assert.deepEqual(ask({ [name]: data }, input), [holds, holds ? 'claim-ok' : 'claim-unauthorized']);
  });

test('a claim does not hold for nobody', () => {
  assert.deepEqual(ask({ 'claim/department': { exclude: 'x' } }, inputOf('nobody')), [
    false,
    'user-unauthenticated',
  ]);
});

test('a claim without a name is refused', () => {
  assertRefused({ allow: { or: [{ claim: 'eng' }] } }, 'allow.or[0].claim', /name of a claim/);
  assertRefused({ allow: { or: [{ 'claim/': 'eng' }] } }, 'allow.or[0].claim/', /name of a claim/);
});
