import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import type { TokenGrant } from '../../src/tokens/issue-token.ts';
import { ADMIN, ISSUED_AT, ISSUER, issue, MESH, makeKeys, NATIVE_CLAIMS } from '../support/token-fixture.ts';

const keys = await makeKeys('EdDSA');

describe('an issued token', () => {
  test('is a JWT access token as RFC 9068 has it', async () => {
    const token = await issue(keys, { expiresAt: ISSUED_AT + 60 });
    assert.deepEqual(decodeProtectedHeader(token), { alg: 'EdDSA', kid: keys.signer.kid, typ: 'at+jwt' });
    assert.deepEqual(decodeJwt(token), { ...NATIVE_CLAIMS, iss: ISSUER, aud: MESH, exp: ISSUED_AT + 60 });
  });
  test('has no exp where it does not expire', async () => {
    assert.ok(!('exp' in decodeJwt(await issue(keys))));
  });
  test('names the audience that it is for', async () => {
    assert.equal(decodeJwt(await issue(keys, { audience: ADMIN })).aud, ADMIN);
  });

  const refused: Record<string, Partial<TokenGrant>> = {
    'no issuer': { issuer: '' },
    'no audience': { audience: '' },
    'fractions of seconds': { issuedAt: ISSUED_AT + 0.5 },
    'milliseconds that are not a number': { issuedAt: Number.NaN },
    'an expiry that has come': { expiresAt: ISSUED_AT },
    'an expiry that is no number': { expiresAt: Number.NaN },
    'more than any verifier reads': { audience: 'x'.repeat(8192) },
  };
  for (const [name, changes] of Object.entries(refused))
    test(`is not made with ${name}`, () => assert.rejects(issue(keys, changes), RangeError));
});
