import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { assertionJwks, createAssertionSigner } from '../../src/tokens/assertion.ts';
import { ACCOUNT, makeKeys, NOW, SwappedKeys, USER } from './token-fixture.ts';

const keys = await makeKeys('ES256');
const claims = {
  audience: 'verify.example.com',
  userId: USER,
  accountId: ACCOUNT,
  email: 'billing@example.com',
  name: 'Billing',
  groups: ['finance', 'robots'],
};

describe('an assertion', () => {
  test('says what Pomerium says', async () => {
    const assertion = await createAssertionSigner({ keys: new SwappedKeys(keys) }).sign(claims, NOW + 999);
    assert.deepEqual(decodeProtectedHeader(assertion), { alg: 'ES256', kid: keys.signer.kid, typ: 'JWT' });
    const { jti, ...rest } = decodeJwt(assertion);
    assert.equal(typeof jti, 'string');
    assert.deepEqual(rest, {
      aud: 'verify.example.com',
      iss: 'verify.example.com',
      sub: 'billing@team-a',
      user: 'billing@team-a',
      sid: 'billing-sync',
      email: 'billing@example.com',
      groups: ['finance', 'robots'],
      name: 'Billing',
      iat: NOW / 1000,
      exp: NOW / 1000 + 300,
    });
  });

  test('has an id of its own', async () => {
    const signer = createAssertionSigner({ keys: new SwappedKeys(keys) });
    const [one, two] = await Promise.all([signer.sign(claims, NOW), signer.sign(claims, NOW)]);
    assert.notEqual(decodeJwt(one).jti, decodeJwt(two).jti);
  });

  test('verifies against the served keys, of which nothing is private', async () => {
    const assertion = await createAssertionSigner({ keys: new SwappedKeys(keys) }).sign(claims, NOW);
    const served: { keys: object[] } = JSON.parse(JSON.stringify(assertionJwks(keys)));
    await jwtVerify(assertion, createLocalJWKSet(served), {
      currentDate: new Date(NOW),
      algorithms: ['ES256'],
    });
    assert.deepEqual(Object.keys(served.keys[0] ?? {}).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
  });

  test('is never signed with Ed25519', async () => {
    const ed25519 = await makeKeys('EdDSA');
    assert.throws(() => createAssertionSigner({ keys: new SwappedKeys(ed25519) }), RangeError);
  });
});
