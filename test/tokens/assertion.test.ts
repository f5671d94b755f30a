import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { AssertionTooLarge, createAssertionSigner } from '../../src/tokens/assertion.ts';
import { ACCOUNT, makeKeys, NOW, SwappedKeys, USER } from '../support/token-fixture.ts';

const keys = await makeKeys('ES256');
const claims = {
  audience: 'verify.example.com',
  userId: USER,
  accountId: ACCOUNT,
  email: 'billing@example.com',
  name: 'Billing',
  groups: ['finance', 'robots'],
};

const ROOM = { withGroups: 8192, atMost: 8192 };

describe('an assertion', () => {
  test('says what Pomerium says', async () => {
    const { jwt } = await createAssertionSigner({ keys: new SwappedKeys(keys) }).sign(
      claims,
      ROOM,
      NOW + 999,
    );
    assert.deepEqual(decodeProtectedHeader(jwt), { alg: 'ES256', kid: keys.signer.kid, typ: 'JWT' });
    const { jti, ...rest } = decodeJwt(jwt);
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
    const [one, two] = await Promise.all([signer.sign(claims, ROOM, NOW), signer.sign(claims, ROOM, NOW)]);
    assert.notEqual(decodeJwt(one.jwt).jti, decodeJwt(two.jwt).jti);
  });

  test('verifies against the served keys, of which nothing is private', async () => {
    const { jwt } = await createAssertionSigner({ keys: new SwappedKeys(keys) }).sign(claims, ROOM, NOW);
    const served: { keys: object[] } = JSON.parse(JSON.stringify(keys.publicJwks));
    await jwtVerify(jwt, createLocalJWKSet(served), {
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

describe('an assertion and its room', () => {
  const signer = createAssertionSigner({ keys: new SwappedKeys(keys) });
  const many = { ...claims, groups: Array.from({ length: 1200 }, (_, at) => `group-${at}-äöü`) };

  test('names all groups of an account in 1,200 groups where there is room, to the byte', async () => {
    const whole = await signer.sign(many, { withGroups: 100_000, atMost: 100_000 }, NOW);
    assert.equal(whole.groupsLeftOut, 0);
    const { length } = whole.jwt;
    const exact = await signer.sign(many, { withGroups: length, atMost: length }, NOW);
    assert.deepEqual([exact.jwt.length, exact.groupsLeftOut], [length, 0]);
    const less = await signer.sign(many, { withGroups: length - 1, atMost: length }, NOW);
    assert.equal(less.groupsLeftOut, 1200);
  });

  test('names none of 1,200 groups where there is not, and says how many', async () => {
    const { jwt, groupsLeftOut } = await signer.sign(many, ROOM, NOW);
    assert.ok(jwt.length < 1024);
    assert.equal(groupsLeftOut, 1200);
    const { groups, groups_omitted, sub, email } = decodeJwt(jwt);
    assert.deepEqual(
      { groups, groups_omitted, sub, email },
      { groups: [], groups_omitted: 1200, sub: USER, email: claims.email },
    );
  });

  test('of an account without groups may take the room that claim headers need', async () => {
    const { groupsLeftOut } = await signer.sign(
      { ...claims, groups: [] },
      { withGroups: -5, atMost: 8192 },
      NOW,
    );
    assert.equal(groupsLeftOut, 0);
  });

  test('is not made where it does not fit without groups either', async () => {
    const room = { withGroups: 256, atMost: 256 };
    for (const each of [many, { ...claims, groups: [] }])
      await assert.rejects(signer.sign(each, room, NOW), AssertionTooLarge);
  });
});
