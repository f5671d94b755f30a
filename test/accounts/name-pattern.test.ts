import assert from 'node:assert/strict';
import { test } from 'node:test';
import { domainOfName, matchesNamePattern } from '../../src/accounts/name-pattern.ts';

test('a pattern fits names in any letter case and form, and nothing else', () => {
  const rows: [pattern: string, name: string, fits: boolean][] = [
    ['*@corp.example', 'ann@corp.example', true],
    ['*@corp.example', 'ANN@CORP.example', true],
    ['*@corp.example', 'ann@ｃorp.example', true],
    ['*@corp.example', 'ann@corp.example.org', false],
    ['*@corp.example', '@corp.example', true],
    ['svc-*-prod', 'svc-a-prod', true],
    ['svc-*-prod', 'svc-prod', false],
    ['a*a', 'a', false],
    ['a*b*c', 'aXbYc', true],
    ['a*b*c', 'acb', false],
    ['exact', 'exact', true],
    ['exact', 'exactly', false],
    ['*', '', true],
  ];
  for (const [pattern, name, fits] of rows)
    assert.equal(matchesNamePattern(pattern, name), fits, `${pattern} ${name}`);
});

test('matching takes no longer than the name and the pattern', () => {
  assert.equal(matchesNamePattern('*a'.repeat(128), `${'a'.repeat(255)}b`), false);
});

test('the domain of a name is what follows its last @', () => {
  assert.deepEqual(['a@b@C.D', 'a', 'a@', '@x'].map(domainOfName), ['c.d', undefined, undefined, 'x']);
});
