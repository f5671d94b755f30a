import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, assertRefused, inputOf } from '../../support/policy-cases.ts';

const cases: [unknown, string, boolean][] = [
  ['alice', 'alice', true],
  ['alice', 'Alice', false],
  ['alice@example.com', 'alice', false],
  [{ in: ['bob', 'alice'] }, 'alice', true],
  [{ not_in: ['bob'] }, 'alice', true],
  [{ not: 'alice' }, 'alice', false],
  [{ starts_with: 'svc-', not: 'svc-old' }, 'svc-new', true],
  [{ starts_with: 'svc-', not: 'svc-old' }, 'svc-old', false],
];
for (const [data, userId, holds] of cases)
  test(`user ${JSON.stringify(data)} ${holds ? 'holds' : 'does not hold'} for ${userId}`, () => {
    assert.deepEqual(ask({ user: data }, inputOf({ userId })), [
      holds,
      holds ? 'user-ok' : 'user-unauthorized',
    ]);
  });

test('user does not hold for nobody, not even with a negation', () => {
  assert.deepEqual(ask({ user: { not: 'alice' } }, inputOf('nobody')), [false, 'user-unauthenticated']);
});

test('user takes no name after a slash', () => {
  assertRefused(
    { allow: { or: [{ 'user/id': 'alice' }] } },
    'allow.or[0].user/id',
    /unknown criterion "user\/id"; did you mean "user"/,
  );
});
