import assert from 'node:assert/strict';
import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createAssertionSigner } from '../../src/tokens/assertion.ts';
import type { SigningAlgorithm, SigningKeys } from '../../src/tokens/key-set.ts';
import { createTokenVerifier, type TokenVerifierOptions } from '../../src/tokens/token-verifier.ts';
import { VerificationOverloaded } from '../../src/tokens/verification-queue.ts';
import {
  ACCOUNT,
  ADMIN,
  encodeJson,
  ISSUED_AT,
  ISSUER,
  isRefusal,
  issue,
  MESH,
  makeKeys,
  NATIVE_CLAIMS,
  NOW,
  POMERIUM_CLAIMS,
  reasonOf,
  SECRET,
  SwappedKeys,
  signAny,
  signHmac,
  USER,
} from '../support/token-fixture.ts';

const ed25519 = await makeKeys('EdDSA');
const es256 = await makeKeys('ES256');
const stranger = await makeKeys('EdDSA');
const both = {
  verification: new Map([...ed25519.verification, ...es256.verification]),
  publicJwks: { keys: [...ed25519.publicJwks.keys, ...es256.publicJwks.keys] },
};

function makeVerifier(changes: Partial<TokenVerifierOptions> = {}) {
  return createTokenVerifier({
    keys: new SwappedKeys(both),
    issuer: ISSUER,
    audience: MESH,
    pomerium: { secret: SECRET },
    ...changes,
  });
}

async function judge(token: string, changes: Partial<TokenVerifierOptions> = {}, now = NOW) {
  return reasonOf(await makeVerifier(changes).verify(token, now));
}

const header = (keys: SigningKeys) => ({ alg: keys.signer.alg, kid: keys.signer.kid, typ: 'at+jwt' });

async function signAssertion(keys: SigningKeys): Promise<string> {
  const claims = { audience: MESH, userId: USER, accountId: ACCOUNT, email: '', name: '', groups: [] };
  const room = { withGroups: 8192, atMost: 8192 };
  return (await createAssertionSigner({ keys: new SwappedKeys(keys) }).sign(claims, room, NOW)).jwt;
}

describe('a token that is as it should be', () => {
  for (const [name, keys] of [
    ['Ed25519', ed25519],
    ['ES256', es256],
  ] as const)
    test(`counts under ${name}, with all that it says`, async () => {
      const verdict = await makeVerifier().verify(await issue(keys, { expiresAt: ISSUED_AT + 60 }), NOW);
      assert.deepEqual(verdict, {
        issuance: 'native',
        credentialId: 'c-0001',
        accountId: 'billing-sync',
        userId: 'billing@team-a',
        kid: keys.signer.kid,
        issuedAt: ISSUED_AT,
        notBefore: ISSUED_AT,
        expiresAt: ISSUED_AT + 60,
      });
    });

  test('counts as Pomerium makes it', async () => {
    const verdict = await makeVerifier().verify(signHmac({ alg: 'HS256', typ: 'JWT' }, POMERIUM_CLAIMS), NOW);
    assert.deepEqual(verdict, {
      issuance: 'pomerium',
      credentialId: 'billing-sync',
      accountId: 'billing-sync',
      userId: 'billing@team-a',
      issuedAt: ISSUED_AT,
      notBefore: ISSUED_AT,
    });
  });

  const accepted: Record<string, () => string | Promise<string>> = {
    'type with application/ and in capitals': () =>
      signAny(ed25519, { ...header(ed25519), typ: 'Application/AT+JWT' }, NATIVE_CLAIMS),
    'an audience list of one': () => signAny(ed25519, header(ed25519), { ...NATIVE_CLAIMS, aud: [MESH] }),
    'no nbf': () => signAny(ed25519, header(ed25519), { ...NATIVE_CLAIMS, nbf: undefined }),
    'claims of its own beside': () =>
      signAny(ed25519, header(ed25519), { ...NATIVE_CLAIMS, scope: 'x', constructor: 1 }),
    'Pomerium without typ': () => signHmac({ alg: 'HS256' }, POMERIUM_CLAIMS),
    'Pomerium with our issuer and audience': () =>
      signHmac({ alg: 'HS256' }, { ...POMERIUM_CLAIMS, iss: ISSUER, aud: MESH }),
  };
  for (const [name, make] of Object.entries(accepted))
    test(`counts with ${name}`, async () => assert.equal(await judge(await make()), 'verified'));
});

describe('token-invalid', () => {
  const publicPem = (jwk: JsonWebKey) =>
    createPublicKey({ key: jwk, format: 'jwk' }).export({ format: 'pem', type: 'spki' }).toString();
  const jwkOf = (keys: SigningKeys): JsonWebKey => ({ ...keys.publicJwks.keys[0] });
  const rawOf = (keys: SigningKeys) => Buffer.from(keys.publicJwks.keys[0]?.x ?? '', 'base64url');
  const withHeader =
    (changes: object, keys = ed25519) =>
    () =>
      signAny(keys, { ...header(keys), ...changes }, NATIVE_CLAIMS);
  const withClaims =
    (changes: object, keys = ed25519) =>
    () =>
      signAny(keys, header(keys), { ...NATIVE_CLAIMS, ...changes });
  const pomerium =
    (headerChanges: object, claims: object = {}) =>
    () =>
      signHmac({ alg: 'HS256', typ: 'JWT', ...headerChanges }, { ...POMERIUM_CLAIMS, ...claims });
  const confused = (secret: Uint8Array | string, keys: SigningKeys, withKid: boolean) => () =>
    signHmac(
      { alg: 'HS256', typ: withKid ? 'at+jwt' : 'JWT', ...(withKid && { kid: keys.signer.kid }) },
      { ...NATIVE_CLAIMS, jti: 'billing-sync' },
      secret,
    );
  const mangle = (change: (parts: [string, string, string]) => string) => async () => {
    const [a = '', b = '', c = ''] = (await issue(ed25519)).split('.');
    return change([a, b, c]);
  };

  const refused: Record<string, () => string | Promise<string>> = {
    'an empty string': () => '',
    'a word': () => 'secret',
    'two dots': () => '..',
    'two segments': mangle(([a, b]) => `${a}.${b}`),
    'four segments': mangle(([a, b, c]) => `${a}.${b}.${c}.${c}`),
    'an empty signature': mangle(([a, b]) => `${a}.${b}.`),
    'an empty header': mangle(([, b, c]) => `.${b}.${c}`),
    'a detached payload': mangle(([a, , c]) => `${a}..${c}`),
    padding: mangle(([a, b, c]) => `${a}.${b}.${c}==`),
    'a space at the end': mangle(([a, b, c]) => `${a}.${b}.${c} `),
    'a newline at the end': mangle(([a, b, c]) => `${a}.${b}.${c}\n`),
    'a newline inside': mangle(([a, b, c]) => `${a}.${b}\n.${c}`),
    'base64 of the old alphabet': mangle(
      ([a, b, c]) => `${a}.${b}.${c.replaceAll('-', '+').replaceAll('_', '/')}+`,
    ),
    'bits left over in the signature': mangle(
      ([a, b, c]) => `${a}.${b}.${c.slice(0, -1)}${{ A: 'B', Q: 'R', g: 'h', w: 'x' }[c.slice(-1)]}`,
    ),
    'a cut signature': mangle(([a, b, c]) => `${a}.${b}.${c.slice(0, -2)}`),
    'a longer signature': mangle(([a, b, c]) => `${a}.${b}.${c}AA`),
    'a signature of zeros': mangle(([a, b]) => `${a}.${b}.${'A'.repeat(86)}`),
    'an ES256 signature of zeros': async () =>
      `${encodeJson(header(es256))}.${encodeJson(NATIVE_CLAIMS)}.${'A'.repeat(86)}`,
    'the signature of another token': async () => {
      const [a, b] = (await issue(ed25519)).split('.');
      return `${a}.${b}.${(await issue(ed25519, { issuedAt: ISSUED_AT - 1 })).split('.')[2]}`;
    },
    'more than 8192 characters': () =>
      signAny(ed25519, header(ed25519), { ...NATIVE_CLAIMS, pad: 'x'.repeat(8192) }),
    'a megabyte': () => 'a'.repeat(1_000_000),
    'JSON serialization': () => JSON.stringify({ payload: encodeJson(NATIVE_CLAIMS), signatures: [] }),
    'a header that is no JSON': () => signAny(ed25519, 'header', NATIVE_CLAIMS),
    'a header that is a list': () => signAny(ed25519, [header(ed25519)], NATIVE_CLAIMS),
    'a header that is null': () => signAny(ed25519, 'null', NATIVE_CLAIMS),
    'a payload that is no JSON': () => signAny(ed25519, header(ed25519), '{'),
    'a payload that is a list': () => signAny(ed25519, header(ed25519), '[]'),
    'a payload that is text': () => signAny(ed25519, header(ed25519), '"x"'),
    'a payload with a byte order mark': () =>
      signAny(ed25519, header(ed25519), `\ufeff${JSON.stringify(NATIVE_CLAIMS)}`),
    'a payload of deeply nested lists': () => signAny(ed25519, header(ed25519), '['.repeat(5000)),
    'a payload with __proto__': () =>
      signAny(ed25519, header(ed25519), `{"__proto__":${JSON.stringify(NATIVE_CLAIMS)}}`),
    'a header with __proto__': () =>
      signAny(ed25519, `{"__proto__":${JSON.stringify(header(ed25519))}}`, NATIVE_CLAIMS),
    'alg none without a signature': () =>
      `${encodeJson({ alg: 'none', typ: 'at+jwt' })}.${encodeJson(NATIVE_CLAIMS)}.`,
    'alg none with a signature': withHeader({ alg: 'none' }),
    'alg none without kid': () => signHmac({ alg: 'none', typ: 'JWT' }, POMERIUM_CLAIMS),
    'alg None': withHeader({ alg: 'None' }),
    'no alg': withHeader({ alg: undefined }),
    'an alg that is a list': withHeader({ alg: ['EdDSA'] }),
    'the fully specified name of its algorithm': withHeader({ alg: 'Ed25519' }),
    'ES256 claimed for an Ed25519 key': withHeader({ alg: 'ES256' }),
    'EdDSA claimed for a P-256 key': withHeader({ alg: 'EdDSA' }, es256),
    'ES384 claimed for a P-256 key': withHeader({ alg: 'ES384' }, es256),
    'the kid of another key of ours': withHeader({ alg: 'ES256', kid: es256.signer.kid }),
    'a kid that is unknown': () => issue(stranger),
    'a kid that is known, signed by a stranger': () => signAny(stranger, header(ed25519), NATIVE_CLAIMS),
    'a kid that is empty': withHeader({ kid: '' }),
    'a kid that is null': withHeader({ kid: null }),
    'a kid that is a list': withHeader({ kid: [ed25519.signer.kid] }),
    'no kid, signed by our key': withHeader({ kid: undefined }),
    'crit that is empty': withHeader({ crit: [] }),
    'crit that names exp': withHeader({ crit: ['exp'], exp: ISSUED_AT + 60 }),
    'crit that is null': withHeader({ crit: null }),
    'b64 that is false': withHeader({ b64: false, crit: ['b64'] }),
    'b64 that is true': withHeader({ b64: true }),
    jku: withHeader({ jku: 'https://evil.example/jwks.json' }),
    jwk: withHeader({ jwk: stranger.publicJwks.keys[0] }),
    x5u: withHeader({ x5u: 'https://evil.example/cert.pem' }),
    x5c: withHeader({ x5c: ['MIIB'] }),
    'typ JWT': withHeader({ typ: 'JWT' }),
    'no typ': withHeader({ typ: undefined }),
    'typ of an ID token': withHeader({ typ: 'id+jwt' }),
    'typ that ends in a newline': withHeader({ typ: 'at+jwt\n' }),
    'no iss': withClaims({ iss: undefined }),
    'another iss': withClaims({ iss: `${ISSUER}/` }),
    'an iss that is a list': withClaims({ iss: [ISSUER] }),
    'no aud': withClaims({ aud: undefined }),
    'an empty aud': withClaims({ aud: '' }),
    'aud of two': withClaims({ aud: [MESH, ADMIN] }),
    'aud of the same twice': withClaims({ aud: [MESH, MESH] }),
    'aud of the admin API': withClaims({ aud: ADMIN }),
    'no sub': withClaims({ sub: undefined }),
    'sub with a control character': withClaims({ sub: 'a\u0000b' }),
    'sub that is a number': withClaims({ sub: 7 }),
    'no client_id': withClaims({ client_id: undefined }),
    'client_id with a slash': withClaims({ client_id: 'a/b' }),
    'no jti': withClaims({ jti: undefined }),
    'jti of 200 characters': withClaims({ jti: 'j'.repeat(200) }),
    'no iat': withClaims({ iat: undefined }),
    'iat as text': withClaims({ iat: String(ISSUED_AT) }),
    'nbf that is null': withClaims({ nbf: null }),
    'exp as text': withClaims({ exp: '9999999999' }),
    'exp that is null': withClaims({ exp: null }),
    'exp below zero': withClaims({ exp: -1 }),
    'exp beyond any date': withClaims({ exp: 1e300 }),
    'exp that overflows': () =>
      signAny(ed25519, header(ed25519), JSON.stringify(NATIVE_CLAIMS).replace('}', ',"exp":1e999}')),
    'HS256 under our key id, keyed with its PEM': confused(publicPem(jwkOf(ed25519)), ed25519, true),
    'HS256 under our key id, keyed with its JWK': confused(JSON.stringify(jwkOf(ed25519)), ed25519, true),
    'HS256 under our key id, keyed with its bytes': confused(rawOf(ed25519), ed25519, true),
    'HS256 under our P-256 key id, keyed with its PEM': confused(publicPem(jwkOf(es256)), es256, true),
    'HS256 under our key id, keyed with the shared secret': confused(SECRET, ed25519, true),
    'HS256 without kid, keyed with the public PEM': confused(publicPem(jwkOf(ed25519)), ed25519, false),
    'HS256 without kid, keyed with the public JWK': confused(JSON.stringify(jwkOf(ed25519)), ed25519, false),
    'HS256 without kid, keyed with the public bytes': confused(rawOf(ed25519), ed25519, false),
    'Pomerium under another secret': () =>
      signHmac(
        { alg: 'HS256', typ: 'JWT' },
        POMERIUM_CLAIMS,
        SECRET.map((byte) => byte ^ 1),
      ),
    'Pomerium with HS512 claimed': pomerium({ alg: 'HS512' }),
    'Pomerium with typ at+jwt': pomerium({ typ: 'at+jwt' }),
    'Pomerium with an empty kid': pomerium({ kid: '' }),
    'Pomerium with crit': pomerium({ crit: ['exp'] }),
    'Pomerium without jti': pomerium({}, { jti: undefined }),
    'Pomerium with a jti that is no account id': pomerium({}, { jti: '../x' }),
    'Pomerium without sub': pomerium({}, { sub: undefined }),
    'Pomerium without iat': pomerium({}, { iat: undefined }),
    'Pomerium for another audience': pomerium({}, { aud: 'databroker' }),
    'Pomerium from another issuer': pomerium({}, { iss: 'authenticate' }),
    'an assertion of ours': () => signAssertion(es256),
    'an assertion under a key that signs no credentials': async () => signAssertion(await makeKeys('ES256')),
  };
  for (const [name, make] of Object.entries(refused))
    test(`for ${name}`, async () => assert.equal(await judge(await make()), 'token-invalid'));

  test('for invalid UTF-8 in the payload', async () => {
    const payload = Buffer.concat([
      Buffer.from('{"x":"'),
      Buffer.from([0xff, 0xc0]),
      Buffer.from('"}'),
    ]).toString('base64url');
    const [a, , c] = (await issue(ed25519)).split('.');
    assert.equal(await judge(`${a}.${payload}.${c}`), 'token-invalid');
  });

  test("for Pomerium's token where no secret is configured", async () => {
    const verifier = createTokenVerifier({ keys: new SwappedKeys(both), issuer: ISSUER, audience: MESH });
    assert.equal(reasonOf(await verifier.verify(pomerium({})(), NOW)), 'token-invalid');
  });

  test('for a mesh credential at the admin API and the reverse', async () => {
    const mesh = await issue(ed25519);
    const admin = await issue(ed25519, { audience: ADMIN });
    assert.equal(await judge(mesh), 'verified');
    assert.equal(await judge(mesh, { audience: ADMIN }), 'token-invalid');
    assert.equal(await judge(admin), 'token-invalid');
    assert.equal(await judge(admin, { audience: ADMIN }), 'verified');
  });

  test('even where it has expired, unless the signature is good', async () => {
    const [a, b, c = ''] = (await issue(ed25519, { expiresAt: ISSUED_AT + 1 })).split('.');
    const forged = `${a}.${b}.${c.startsWith('A') ? 'B' : 'A'}${c.slice(1)}`;
    assert.equal(await judge(forged), 'token-invalid');
    assert.equal(await judge(`${a}.${b}.${c}`), 'token-expired');
  });
});

describe('times', () => {
  const at = ISSUED_AT * 1000;
  const rows: [string, object, Partial<TokenVerifierOptions>, number, string][] = [
    ['counts at the millisecond of nbf', {}, {}, at, 'verified'],
    ['not a millisecond before', {}, {}, at - 1, 'token-not-yet-valid'],
    ['unless the tolerance covers it', {}, { clockTolerance: 5 }, at - 5000, 'verified'],
    ['and no further', {}, { clockTolerance: 5 }, at - 5001, 'token-not-yet-valid'],
    ['nbf later than iat holds', { nbf: ISSUED_AT + 20 }, {}, NOW, 'token-not-yet-valid'],
    ['iat later than nbf holds', { iat: ISSUED_AT + 20 }, {}, NOW, 'token-not-yet-valid'],
    ['counts until the last millisecond before exp', { exp: ISSUED_AT + 60 }, {}, at + 59_999, 'verified'],
    ['not at exp', { exp: ISSUED_AT + 60 }, {}, at + 60_000, 'token-expired'],
    [
      'unless the tolerance covers exp',
      { exp: ISSUED_AT + 60 },
      { clockTolerance: 5 },
      at + 64_999,
      'verified',
    ],
    ['and not beyond', { exp: ISSUED_AT + 60 }, { clockTolerance: 5 }, at + 65_000, 'token-expired'],
    ['fractions of seconds hold', { exp: ISSUED_AT + 10.5 }, {}, at + 10_499, 'verified'],
    ['and end', { exp: ISSUED_AT + 10.5 }, {}, at + 10_500, 'token-expired'],
    ['a clock that shows no time admits nothing', {}, {}, Number.NaN, 'token-not-yet-valid'],
    ['exp of 0 has passed', { exp: 0 }, {}, NOW, 'token-expired'],
    ['a lifetime within the longest counts', { exp: ISSUED_AT + 60 }, { maxLifetime: 60 }, NOW, 'verified'],
    ['a longer one does not', { exp: ISSUED_AT + 61 }, { maxLifetime: 60 }, NOW, 'token-invalid'],
    ['nor one without end', {}, { maxLifetime: 60 }, NOW, 'token-invalid'],
  ];
  for (const [name, claims, options, now, expected] of rows)
    test(name, async () => {
      const token = await signAny(ed25519, header(ed25519), { ...NATIVE_CLAIMS, ...claims });
      const verifier = makeVerifier(options);
      assert.equal(reasonOf(await verifier.verify(token, now)), expected);
      assert.equal(reasonOf(await verifier.verify(token, now)), expected, 'the same when it is known');
    });

  test("Pomerium's tokens count until the end of the move, and then are invalid", async () => {
    const token = signHmac({ alg: 'HS256', typ: 'JWT' }, POMERIUM_CLAIMS);
    const verifier = makeVerifier({ pomerium: { secret: SECRET, acceptUntil: NOW } });
    assert.equal(reasonOf(await verifier.verify(token, NOW)), 'token-invalid', 'unknown');
    assert.equal(reasonOf(await verifier.verify(token, NOW - 1)), 'verified');
    assert.equal(reasonOf(await verifier.verify(token, NOW)), 'token-invalid', 'known');
    assert.equal(
      await judge(await issue(ed25519), { pomerium: { secret: SECRET, acceptUntil: 0 } }),
      'verified',
      'ours go on',
    );
  });

  test('a refusal says when, and whose token it was', async () => {
    const verdict = await makeVerifier().verify(await issue(ed25519, { expiresAt: ISSUED_AT + 5 }), NOW);
    assert.deepEqual(verdict, {
      refused: 'token-expired',
      detail: 'it expired at 2026-01-01T00:00:05Z',
      token: {
        issuance: 'native',
        credentialId: 'c-0001',
        accountId: 'billing-sync',
        userId: 'billing@team-a',
        kid: ed25519.signer.kid,
        issuedAt: ISSUED_AT,
        notBefore: ISSUED_AT,
        expiresAt: ISSUED_AT + 5,
      },
    });
  });
});

describe('what an operator is told of a token that is not ours to take', () => {
  const hintOf = async (token: string, changes: Partial<TokenVerifierOptions> = {}) => {
    const verdict = await makeVerifier(changes).verify(token, NOW);
    assert.ok(isRefusal(verdict));
    assert.equal(verdict.token, undefined, 'nothing is known before a good signature');
    assert.ok(!verdict.detail.includes('kid-') && !verdict.detail.includes('example.com'), verdict.detail);
    return verdict.hint ?? '';
  };

  test('an unknown key names its kid, and what to do', async () =>
    assert.equal(
      await hintOf(await signAny(ed25519, { ...header(ed25519), kid: 'kid-1' }, NATIVE_CLAIMS)),
      'no key has the kid "kid-1": if it signs credentials of this mesh, its public half belongs in keys.verification; if it was removed, rotate the credential',
    ));

  test('a kid is bounded and escaped, whatever it is', async () => {
    for (const [kid, quoted] of [
      ['kid-"\n\u001b[31m', '"kid-\\"\\n\\u001b[31m"'],
      ['k'.repeat(4000), JSON.stringify(`${'k'.repeat(128)}…`)],
      [7, 'no text'],
      [['a', 'b'], 'a list of 2'],
      [null, 'no text'],
    ] as const) {
      const hint = await hintOf(await signAny(ed25519, { ...header(ed25519), kid }, NATIVE_CLAIMS));
      assert.ok(hint.startsWith(`no key has the kid ${quoted}: `), hint);
    }
  });

  test('a wrong issuer or audience says what was expected', async () => {
    assert.equal(
      await hintOf(await issue(ed25519, { issuer: 'https://staging.example.com' })),
      `iss is "https://staging.example.com", and "issuer" is "${ISSUER}"`,
    );
    assert.equal(
      await hintOf(await issue(ed25519, { audience: ADMIN })),
      `aud is "${ADMIN}", expected "${MESH}"`,
    );
    const { aud: _, ...without } = NATIVE_CLAIMS;
    assert.equal(
      await hintOf(await signAny(ed25519, header(ed25519), without)),
      `aud is missing, expected "${MESH}"`,
    );
    assert.equal(
      await hintOf(signHmac({ alg: 'HS256', typ: 'JWT' }, { ...POMERIUM_CLAIMS, iss: 'x' })),
      `iss is "x", and "issuer" is "${ISSUER}"`,
    );
  });
});

describe('a text that says it is a token for us', () => {
  const meant = (token: string, changes: Partial<TokenVerifierOptions> = {}) =>
    makeVerifier(changes).isMeantForUs(token);

  test('is each that one of the present keys signed, verified or not', async () => {
    for (const keys of [ed25519, es256]) {
      const token = await issue(keys);
      assert.ok(meant(token));
      assert.ok(meant(await issue(keys, { expiresAt: ISSUED_AT + 1 })), 'expired');
      assert.ok(meant(`${token.slice(0, -4)}AAAA`), 'with another signature');
      assert.ok(meant(`${token}=`), 'in a form that nobody would take');
    }
  });

  test('follows the keys', async () => {
    const keys = new SwappedKeys(ed25519);
    const verifier = createTokenVerifier({ keys, issuer: ISSUER, audience: MESH });
    const [before, after] = [await issue(ed25519), await issue(es256)];
    assert.deepEqual(
      [before, after].map((token) => verifier.isMeantForUs(token)),
      [true, false],
    );
    keys.swap(es256);
    assert.deepEqual(
      [before, after].map((token) => verifier.isMeantForUs(token)),
      [false, true],
    );
  });

  test("is none of another key, issuer or use, none of Pomerium's, and nothing else", async () => {
    for (const token of [
      await issue(stranger),
      await issue(ed25519, { issuer: 'https://other.example.com' }),
      await issue(ed25519, { audience: ADMIN }),
      signHmac({ alg: 'HS256', typ: 'JWT' }, POMERIUM_CLAIMS),
      await signAny(ed25519, { ...header(ed25519), typ: 'JWT' }, NATIVE_CLAIMS),
      await signAny(ed25519, header(ed25519), 'no json'),
      await signAny(ed25519, header(ed25519), { ...NATIVE_CLAIMS, x: 'x'.repeat(9000) }),
      encodeJson(header(ed25519)),
      `${encodeJson(header(ed25519))}.`,
      '',
      '.',
      'opaque',
    ])
      assert.ok(!meant(token), token.slice(0, 100));
  });
});

describe('creating a verifier', () => {
  const noKeys = new SwappedKeys({ verification: new Map(), publicJwks: { keys: [] } });
  const rows: Record<string, Partial<TokenVerifierOptions>> = {
    'without an issuer': { issuer: '' },
    'without an audience': { audience: '' },
    'with a secret that is too short': { pomerium: { secret: SECRET.subarray(1) } },
    'with a tolerance below zero': { clockTolerance: -1 },
    'with a tolerance that is no number': { clockTolerance: Number.NaN },
    'with a tolerance without end': { clockTolerance: Number.POSITIVE_INFINITY },
    'with a lifetime of nothing': { maxLifetime: 0 },
    'with a lifetime that is no number': { maxLifetime: Number.NaN },
    'with an end of the move that is no time': { pomerium: { secret: SECRET, acceptUntil: Number.NaN } },
  };
  for (const [name, changes] of Object.entries(rows))
    test(`fails ${name}`, () => assert.throws(() => makeVerifier(changes), RangeError));

  test('fails without any key', () => {
    assert.throws(() => createTokenVerifier({ keys: noKeys, issuer: ISSUER, audience: MESH }), RangeError);
  });
  test("works with Pomerium's secret alone", async () => {
    const token = signHmac({ alg: 'HS256', typ: 'JWT' }, POMERIUM_CLAIMS);
    assert.equal(await judge(token, { keys: noKeys }), 'verified');
  });
});

describe('whatever a client sends', () => {
  const segment = fc.oneof(
    fc.string(),
    fc.json().map(encodeJson),
    fc
      .record({
        alg: fc.constantFrom('EdDSA', 'ES256', 'HS256', 'none'),
        kid: fc.constantFrom(ed25519.signer.kid, es256.signer.kid, 'x'),
        typ: fc.constant('at+jwt'),
      })
      .map(encodeJson),
    fc.constantFrom(
      encodeJson(NATIVE_CLAIMS),
      encodeJson(POMERIUM_CLAIMS),
      encodeJson({ alg: 'HS256' }),
      'A'.repeat(86),
      'A'.repeat(43),
    ),
  );
  const anything = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.array(segment, { minLength: 2, maxLength: 4 }).map((parts) => parts.join('.')),
    fc.tuple(segment, segment, segment).map((parts) => parts.join('.')),
  );
  test('is refused, and nothing is thrown but that too much waits', async () => {
    const verifier = makeVerifier({ refusedCacheSize: 4 });
    await fc.assert(
      fc.asyncProperty(anything, fc.double(), async (token, now) => {
        try {
          const verdict = await verifier.verify(token, now);
          assert.ok(isRefusal(verdict));
          assert.match(
            verdict.detail,
            /^[\x20\x21\x23-\x5b\x5d-\x7e]+$/,
            'fit for error_description (RFC 6750 §3)',
          );
        } catch (error) {
          assert.ok(error instanceof VerificationOverloaded, String(error));
        }
      }),
      { numRuns: 3000 },
    );
  });
});

describe('for each position of a token, each other character', { timeout: 120_000 }, () => {
  const alphabet = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/. '];
  const keysOf: Record<SigningAlgorithm, SigningKeys> = { EdDSA: ed25519, ES256: es256 };
  const tokens: Record<string, () => string | Promise<string>> = {
    EdDSA: () => issue(keysOf.EdDSA, { expiresAt: ISSUED_AT + 60 }),
    ES256: () => issue(keysOf.ES256, { expiresAt: ISSUED_AT + 60 }),
    Pomerium: () => signHmac({ alg: 'HS256', typ: 'JWT' }, POMERIUM_CLAIMS),
  };
  for (const [name, make] of Object.entries(tokens))
    test(`is refused as token-invalid: ${name}`, async () => {
      const token = await make();
      const verifier = makeVerifier();
      assert.equal(reasonOf(await verifier.verify(token, NOW)), 'verified');
      for (let position = 0; position < token.length; position += 1) {
        const forged = alphabet
          .filter((character) => character !== token[position])
          .map((character) => token.slice(0, position) + character + token.slice(position + 1));
        // One at a time past the first 60: an eighth of the queue is all that one account may fill.
        for (const verdict of await Promise.all(
          forged.slice(0, 60).map(async (one) => verifier.verify(one, NOW)),
        ))
          assert.equal(reasonOf(verdict), 'token-invalid', `position ${position}`);
        for (const one of forged.slice(60))
          assert.equal(reasonOf(await verifier.verify(one, NOW)), 'token-invalid');
      }
      assert.equal(reasonOf(await verifier.verify(token, NOW)), 'verified', 'the token itself still counts');
    });
});
