import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compilePolicy } from '../../../src/policy/compile-policy.ts';
import { ask, inputOf } from '../policy-cases.ts';

const cases: [unknown, string, boolean][] = [
  ['GET', 'GET', true],
  ['GET', 'get', false],
  [{ in: ['GET', 'HEAD'] }, 'HEAD', true],
  [{ in: ['GET', 'HEAD'] }, 'POST', false],
  [{ not_in: ['DELETE'] }, 'DELETE', false],
  [{ not_in: ['DELETE'] }, 'GET', true],
  // Pomerium's own rule: the path is a text that is not "DELETE".
  [{ not: 'DELETE' }, 'DELETE', true],
  [{ not: 'GET', in: ['POST'] }, 'GET', false],
];
for (const [data, method, holds] of cases)
  test(`http_method ${JSON.stringify(data)} ${holds ? 'holds' : 'does not hold'} for ${method}`, () => {
    const expected = [holds, holds ? 'http-method-ok' : 'http-method-unauthorized'];
    assert.deepEqual(ask({ http_method: data }, inputOf('nobody', { method })), expected);
  });

test('http_method with not compiles with a warning that names its place', () => {
  const { warnings } = compilePolicy('allow:\n  or:\n    - http_method:\n        not: DELETE\n');
  assert.deepEqual(
    warnings.map(({ path, line, column }) => ({ path, line, column })),
    [{ path: 'allow.or[0].http_method.not', line: 4, column: 9 }],
  );
});
