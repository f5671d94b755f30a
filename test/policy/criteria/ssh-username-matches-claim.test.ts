import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, assertRefused, inputOf } from '../../support/policy-cases.ts';

const cases: [values: string[] | undefined, holds: boolean][] = [
  [undefined, false],
  [[], false],
  [['root'], false],
  [['root', ''], true],
];
for (const [values, holds] of cases)
  test(`ssh_username_matches_claim ${holds ? 'holds' : 'does not hold'} for the values ${JSON.stringify(values)}`, () => {
    const claims = new Map(values === undefined ? [] : [['unix', values]]);
    assert.deepEqual(ask({ ssh_username_matches_claim: 'unix' }, inputOf({ claims })), [
      holds,
      holds ? 'ssh-username-ok' : 'ssh-username-unauthorized',
    ]);
  });

test('ssh_username_matches_claim does not hold without a credential', () => {
  assert.deepEqual(ask({ ssh_username_matches_claim: 'unix' }, inputOf('nobody')), [
    false,
    'user-unauthenticated',
  ]);
});

test('ssh_username_matches_claim takes the name of a claim alone', () => {
  for (const data of [5, null, true, ['unix'], { is: 'unix' }])
    assertRefused(
      { allow: { or: [{ ssh_username_matches_claim: data }] } },
      'allow.or[0].ssh_username_matches_claim',
      /expected the name of a claim/,
    );
});
