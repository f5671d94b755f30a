import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, inputOf } from '../../support/policy-cases.ts';

const cases: [unknown, string, boolean][] = [
  ['example.com', 'alice@example.com', true],
  ['example.com', 'alice@EXAMPLE.com', false],
  ['example.com', 'alice@sub.example.com', false],
  ['b', 'a@b@c.com', true],
  ['c.com', 'a@b@c.com', false],
  ['', 'alice@', true],
  ['noat', 'noat', false],
  [{ not: 'example.com' }, 'alice@other.com', true],
  [{ not: 'example.com' }, 'noat', false],
  [{ not_in: [] }, '', false],
];
for (const [data, email, holds] of cases)
  test(`domain ${JSON.stringify(data)} ${holds ? 'holds' : 'does not hold'} for "${email}"`, () => {
    assert.deepEqual(ask({ domain: data }, inputOf({ email })), [
      holds,
      holds ? 'domain-ok' : 'domain-unauthorized',
    ]);
  });

test('domain does not hold for nobody', () => {
  assert.deepEqual(ask({ domain: 'example.com' }, inputOf('nobody')), [false, 'user-unauthenticated']);
});
