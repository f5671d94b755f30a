import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, inputOf } from '../../support/policy-cases.ts';

const cases: [unknown, string, boolean][] = [
  ['alice@example.com', 'alice@example.com', true],
  ['alice@example.com', 'Alice@example.com', false],
  ['', '', true],
  [{ not: '' }, '', false],
  [{ ends_with: '@example.com' }, 'alice@example.com', true],
  [{ ends_with: '@example.com' }, 'alice@example.com.evil', false],
];
for (const [data, email, holds] of cases)
  test(`email ${JSON.stringify(data)} ${holds ? 'holds' : 'does not hold'} for "${email}"`, () => {
    assert.deepEqual(ask({ email: data }, inputOf({ email })), [
      holds,
      holds ? 'email-ok' : 'email-unauthorized',
    ]);
  });

test('email does not hold for nobody', () => {
  assert.deepEqual(ask({ email: '' }, inputOf('nobody')), [false, 'user-unauthenticated']);
});
