import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, inputOf } from '../../support/policy-cases.ts';

const cases: [unknown, string, boolean][] = [
  ['GET', 'GET', true],
  ['GET', 'get', false],
  [{ in: ['GET', 'HEAD'] }, 'HEAD', true],
  [{ in: ['GET', 'HEAD'] }, 'POST', false],
  [{ not_in: ['DELETE'] }, 'DELETE', false],
  [{ not_in: ['DELETE'] }, 'GET', true],
  [{ not: 'DELETE' }, 'DELETE', false],
  [{ not: 'DELETE' }, 'GET', true],
  [{ not: 'GET', in: ['POST'] }, 'GET', false],
];
for (const [data, method, holds] of cases)
  test(`http_method ${JSON.stringify(data)} ${holds ? 'holds' : 'does not hold'} for ${method}`, () => {
    const expected = [holds, holds ? 'http-method-ok' : 'http-method-unauthorized'];
    assert.deepEqual(ask({ http_method: data }, inputOf('nobody', { method })), expected);
  });
