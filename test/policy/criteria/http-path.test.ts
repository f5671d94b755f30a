import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compilePolicy } from '../../../src/policy/compile-policy.ts';
import { ask, inputOf } from '../../support/policy-cases.ts';

const cases: [unknown, string, boolean][] = [
  ['/v1/orders', '/v1/orders', true],
  ['/v1/orders', '/v1/orders/', false],
  ['/v1/orders', '/V1/Orders', false],
  [{ starts_with: '/v1/' }, '/v1/orders', true],
  [{ starts_with: '/v1/' }, '/v10/orders', false],
  [{ in: ['/health', '/ready'] }, '/ready', true],
  [{ not_in: ['/admin'] }, '/admin', false],
  [{ not: '/admin' }, '/admin', false],
  [{ not: '/admin' }, '/orders', true],
  [{ not: '/admin', starts_with: '/' }, '/admin', false],
  [{ not: '/admin', starts_with: '/' }, '/orders', true],
];
for (const [data, path, holds] of cases)
  test(`http_path ${JSON.stringify(data)} ${holds ? 'holds' : 'does not hold'} for ${path}`, () => {
    const expected = [holds, holds ? 'http-path-ok' : 'http-path-unauthorized'];
    assert.deepEqual(ask({ http_path: data }, inputOf('nobody', { path })), expected);
  });

test('a policy says whether it looks at the path', () => {
  assert.equal(compilePolicy({ allow: { or: [{ user: 'a' }] } }).uses.path, false);
  assert.equal(compilePolicy({ deny: { nor: [{ user: 'a' }, { http_path: '/' }] } }).uses.path, true);
});
