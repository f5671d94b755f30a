import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, inputOf } from '../../support/policy-cases.ts';

const cases: [email: string, holds: boolean][] = [
  ['', true],
  ['@example.com', true],
  ['alice@example.com', false],
  ['alice', false],
];
for (const [email, holds] of cases)
  test(`ssh_username_matches_email ${holds ? 'holds' : 'does not hold'} for the email "${email}"`, () => {
    for (const data of [true, '', null])
      assert.deepEqual(ask({ ssh_username_matches_email: data }, inputOf({ email })), [
        holds,
        holds ? 'ssh-username-ok' : 'ssh-username-unauthorized',
      ]);
  });

test('ssh_username_matches_email holds without a credential, as in Pomerium', () => {
  assert.deepEqual(ask({ ssh_username_matches_email: true }, inputOf('nobody')), [true, 'ssh-username-ok']);
});
