import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closestName, suggestName } from '../../src/text/suggest-name.ts';

const KNOWN = ['user', 'or', 'and', 'max_staleness', 'time_of_day'];

const CASES: [given: string, meant: string | undefined][] = [
  ['usr', 'user'],
  ['uesr', 'user'],
  ['orr', 'or'],
  ['ad', 'and'],
  ['maxStaleness', 'max_staleness'],
  ['MAX__STALENES', 'max_staleness'],
  ['time.of-dya', 'time_of_day'],
  ['xyz', undefined],
  ['', undefined],
  ['store', undefined],
  [`max_staleness${'_'.repeat(60)}`, undefined],
];

for (const [given, meant] of CASES)
  test(`"${given}" ${meant === undefined ? 'resembles no name' : `means ${meant}`}`, () => {
    assert.equal(closestName(given, KNOWN), meant);
    assert.equal(suggestName(given, KNOWN), meant === undefined ? '' : `; did you mean "${meant}"?`);
  });

test('the closest name counts, not the first', () => {
  assert.equal(closestName('hosts', ['host', 'hosts_']), 'hosts_');
});
