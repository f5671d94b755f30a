import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, assertRefused, inputOf } from '../../support/policy-cases.ts';

const cases: [unknown, boolean][] = [
  ['root', false],
  ['', true],
  [{ in: ['root', 'ubuntu'] }, false],
  [{ not: 'root' }, true],
  [{ not_in: ['', 'root'] }, false],
  [{ starts_with: '' }, true],
  [{}, true],
];
for (const [data, holds] of cases)
  test(`ssh_username ${JSON.stringify(data)} ${holds ? 'holds' : 'does not hold'}: the name is empty`, () => {
    for (const caller of [{}, 'nobody'] as const)
      assert.deepEqual(ask({ ssh_username: data }, inputOf(caller)), [
        holds,
        holds ? 'ssh-username-ok' : 'ssh-username-unauthorized',
      ]);
  });

test('ssh_username takes a string matcher alone', () => {
  assertRefused(
    { allow: { or: [{ ssh_username: { is_not: 'x' } }] } },
    'allow.or[0].ssh_username.is_not',
    /expected one of is/,
  );
});
