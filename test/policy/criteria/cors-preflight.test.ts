import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, inputOf } from '../../support/policy-cases.ts';

const method = 'access-control-request-method';
const cases: [string, string, Record<string, string[]>, boolean][] = [
  ['OPTIONS with both headers', 'OPTIONS', { origin: ['https://a.example'], [method]: ['POST'] }, true],
  ['OPTIONS with both headers, empty', 'OPTIONS', { origin: [''], [method]: [''] }, true],
  ['OPTIONS without Origin', 'OPTIONS', { [method]: ['POST'] }, false],
  ['OPTIONS without Access-Control-Request-Method', 'OPTIONS', { origin: ['https://a.example'] }, false],
  ['another method with both', 'GET', { origin: ['https://a.example'], [method]: ['POST'] }, false],
  ['OPTIONS in lower case', 'options', { origin: ['https://a.example'], [method]: ['POST'] }, false],
];
for (const [name, verb, headers, holds] of cases)
  test(`cors_preflight ${holds ? 'holds' : 'does not hold'} for ${name}`, () => {
    const input = inputOf('nobody', { method: verb, header: (header) => headers[header] ?? [] });
    assert.deepEqual(ask({ cors_preflight: null }, input), [
      holds,
      holds ? 'cors-request' : 'non-cors-request',
    ]);
  });
