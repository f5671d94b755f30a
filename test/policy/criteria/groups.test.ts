import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, inputOf } from '../../support/policy-cases.ts';

const cases: [unknown, string[], boolean][] = [
  ['devs', ['devs', 'ops'], true],
  ['devs', ['Devs'], false],
  ['devs', [], false],
  [{ has: 'devs' }, ['ops', 'devs'], true],
  [{ is: 'devs' }, ['devs'], true],
  [{ is: 'devs' }, ['devs', 'ops'], false],
  [{ exclude: 'devs' }, ['ops'], true],
  [{ exclude: 'devs' }, ['devs'], false],
  [{ exclude: 'devs' }, [], true],
  [{ has: 'ops', exclude: 'devs' }, ['devs', 'ops'], false],
];
for (const [data, groups, holds] of cases)
  test(`groups ${JSON.stringify(data)} ${holds ? 'holds' : 'does not hold'} for ${JSON.stringify(groups)}`, () => {
    assert.deepEqual(ask({ groups: data }, inputOf({ groups })), [
      holds,
      holds ? 'groups-ok' : 'groups-unauthorized',
    ]);
  });

test('groups does not hold for a caller whom the directory does not know, not even with exclude', () => {
  const input = inputOf({ groups: [], directoryUser: undefined });
  assert.deepEqual(ask({ groups: { exclude: 'devs' } }, input), [false, 'groups-unauthorized']);
});

test('groups does not hold for nobody', () => {
  assert.deepEqual(ask({ groups: { exclude: 'devs' } }, inputOf('nobody')), [false, 'user-unauthenticated']);
});
