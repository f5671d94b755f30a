import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createGroupFilter } from '../../src/accounts/group-filter.ts';

const GROUPS = ['team-a', 'team-b', 'staff', 'team-', 'x-team-a', 'Team-a', 'a*b'];

const ROWS: readonly (readonly [patterns: readonly string[] | undefined, told: readonly string[]])[] = [
  [undefined, GROUPS],
  [[], []],
  [['staff', 'gone'], ['staff']],
  [['team-*'], ['team-a', 'team-b', 'team-']],
  [['*-a'], ['team-a', 'x-team-a', 'Team-a']],
  [['*team*a'], ['team-a', 'x-team-a']],
  [['team-a*a'], []],
  [['*'], GROUPS],
  [
    ['staff', 'team-b', 'team-*'],
    ['team-a', 'team-b', 'staff', 'team-'],
  ],
];
for (const [patterns, told] of ROWS)
  test(`assertion.groups ${JSON.stringify(patterns)} tells upstreams of ${JSON.stringify(told)}`, () => {
    assert.deepEqual(createGroupFilter(patterns)(GROUPS), told);
  });

test('a pattern matches what the same regular expression matches', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 12 });
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 });
  fc.assert(
    fc.property(pattern, text, (pattern, group) => {
      const expected = new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(group);
      assert.equal(createGroupFilter([pattern])([group]).length === 1, expected);
    }),
    { numRuns: 3000 },
  );
});
