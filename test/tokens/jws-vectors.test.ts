import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { CryptoKey } from 'jose';
import { BAD_SIGNATURE } from '../../src/tokens/claim-refusals.ts';
import { parseCompactJws } from '../../src/tokens/compact-jws.ts';
import { loadVerificationKeys } from '../../src/tokens/key-file.ts';
import type { SigningKeys, VerificationKeys } from '../../src/tokens/key-set.ts';
import { importSharedSecret } from '../../src/tokens/pomerium-token.ts';
import { createTokenVerifier } from '../../src/tokens/token-verifier.ts';
import { type TokenCandidate, verifySignature } from '../../src/tokens/verify-signature.ts';
import {
  ISSUER,
  inFolder,
  isRefusal,
  issue,
  MESH,
  makeKeys,
  NOW,
  reasonOf,
  SECRET,
  SwappedKeys,
  writeFiles,
} from '../support/token-fixture.ts';
import type { JwsVector } from './jws-vector.ts';
import {
  RFC7515,
  RFC7515_ES256_KEY,
  RFC7515_HS256_SECRET,
  RFC7520,
  RFC7520_HS256_SECRET,
  RFC8037,
  RFC8037_KEY,
} from './rfc-jws.ts';
import {
  encodeRawSignature,
  WYCHEPROOF_BASE64,
  WYCHEPROOF_BASE64_SECRET,
  WYCHEPROOF_ES256,
  WYCHEPROOF_ES256_KEY,
  WYCHEPROOF_HS256,
  WYCHEPROOF_HS256_SECRET,
} from './wycheproof-jws.ts';

// These vectors are no access tokens: their payloads have none of our claims. So each is judged twice. First by what
// looks at a JWS alone (its form, then its signature, by the key that the vector is for): accepted exactly where it
// should be. Then by the whole verifier, which refuses even the good ones, for what they say or do not say.

type Key = Pick<TokenCandidate, 'key' | 'alg'>;

async function judgeSignature(jws: string, key: Key): Promise<JwsVector['signature']> {
  if ('refused' in parseCompactJws(jws)) return 'form';
  return (await verifySignature(jws, key)) ? 'good' : 'bad';
}

const load = (...keys: object[]): Promise<VerificationKeys> =>
  inFolder(async (folder) => {
    await writeFiles(folder, { 'keys.json': JSON.stringify({ keys }) });
    return await loadVerificationKeys(join(folder, 'keys.json'));
  });

async function loadOne(jwk: object): Promise<Key> {
  const [key] = (await load(jwk)).verification.values();
  assert.ok(key);
  return key;
}

const decode = (secret: string) => Buffer.from(secret, 'base64url');
const hmac = async (secret: string): Promise<Key> => ({
  alg: 'HS256',
  key: await importSharedSecret(decode(secret)),
});

/** Why the whole verifier refuses a token, under these keys and, where there is one, Pomerium's shared secret. */
async function refusalOf(jws: string, keys: VerificationKeys, secret?: Uint8Array): Promise<string> {
  const verifier = createTokenVerifier({
    keys: new SwappedKeys(keys),
    issuer: ISSUER,
    audience: MESH,
    ...(secret && { pomerium: { secret } }),
  });
  const verdict = await verifier.verify(jws, NOW);
  assert.equal(reasonOf(verdict), 'token-invalid');
  return isRefusal(verdict) ? verdict.detail : '';
}

const SUITES: readonly [vectors: readonly JwsVector[], key: () => Promise<Key>][] = [
  [WYCHEPROOF_ES256, () => loadOne(WYCHEPROOF_ES256_KEY)],
  [WYCHEPROOF_HS256, () => hmac(WYCHEPROOF_HS256_SECRET)],
  [WYCHEPROOF_BASE64, () => hmac(WYCHEPROOF_BASE64_SECRET)],
  [RFC7515, () => loadOne(RFC7515_ES256_KEY)],
  [RFC7520, () => hmac(RFC7520_HS256_SECRET)],
  [RFC8037, () => loadOne(RFC8037_KEY)],
];

describe('the signature of a published JWS is judged as published', () => {
  for (const [vectors, key] of SUITES)
    for (const { name, jws, signature } of vectors)
      test(`${name}: ${signature}`, async () => {
        assert.equal(await judgeSignature(jws, await key()), signature);
      });

  test('and a good one is bad under every other key', async () => {
    for (const [vectors, ownKey] of SUITES) {
      const jws = vectors.find(({ signature }) => signature === 'good')?.jws ?? '';
      const own = await ownKey();
      assert.equal(await judgeSignature(jws, own), 'good');
      for (const [, otherKey] of SUITES.filter(([, each]) => each !== ownKey))
        assert.equal(await judgeSignature(jws, await otherKey()), 'bad');
    }
  });
});

describe('the whole verifier takes none of them', () => {
  const secrets = [WYCHEPROOF_HS256_SECRET, WYCHEPROOF_BASE64_SECRET, RFC7520_HS256_SECRET];
  for (const [vectors] of SUITES)
    for (const { name, jws } of vectors)
      test(name, async () => {
        const keys = await load(WYCHEPROOF_ES256_KEY, RFC7515_ES256_KEY, RFC8037_KEY);
        await refusalOf(jws, keys);
        for (const secret of secrets) await refusalOf(jws, keys, decode(secret));
      });

  const [es256] = WYCHEPROOF_ES256;
  const confusion = WYCHEPROOF_ES256.find(({ name }) => name.includes('SymmetryConfusion'));
  const reasons: [string, JwsVector | undefined, string][] = [
    ['a good ES256 signature, as it is no access token', es256, 'its type is not at+jwt'],
    ['HS256 under the name of an ES256 key', confusion, 'its algorithm is not that of its key'],
    ['a good ES256 signature that names no key', RFC7515[0], 'its algorithm is not the one expected'],
    ['a good HMAC of the shared secret that names a key', WYCHEPROOF_HS256[0], 'its key is not known'],
    ['a good Ed25519 signature that names no key', RFC8037[0], 'its algorithm is not the one expected'],
  ];
  for (const [name, vector, reason] of reasons)
    test(`and says why: ${name}`, async () => {
      assert.ok(vector);
      const keys = await load(WYCHEPROOF_ES256_KEY, RFC7515_ES256_KEY, RFC8037_KEY);
      const detail = await refusalOf(vector.jws, keys, decode(WYCHEPROOF_HS256_SECRET));
      assert.ok(detail.startsWith(reason), detail);
    });

  test('RFC 7515 A.1 verifies under its secret, which is no shared secret of Pomerium', async () => {
    const secret = decode(RFC7515_HS256_SECRET);
    assert.throws(() => importSharedSecret(secret), RangeError);
    const key: CryptoKey = await webcrypto.subtle.importKey(
      'raw',
      secret,
      { name: 'HMAC', hash: 'SHA-256' },
      false,
      ['verify'],
    );
    const a1 = RFC7515.find(({ name }) => name.includes('A.1'))?.jws ?? '';
    assert.equal(await judgeSignature(a1, { alg: 'HS256', key }), 'good');
  });
});

/** P-256's order (FIPS 186-4 D.1.2.3), and that of Ed25519's base point (RFC 8032 §5.1). */
const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const L = 2n ** 252n + 27742317777372353535851937790883648493n;

const bigEndian = (bytes: Uint8Array) => BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
const littleEndian = (bytes: Uint8Array) => bigEndian(Buffer.from(bytes).reverse());
const bytesOf = (value: bigint) => Buffer.from(value.toString(16).padStart(64, '0'), 'hex');

function encodeDer(r: Buffer, s: Buffer): Buffer {
  const integer = (bytes: Buffer) => {
    const value = (bytes[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.alloc(1), bytes]) : bytes;
    return Buffer.concat([Buffer.of(2, value.length), value]);
  };
  const both = Buffer.concat([integer(r), integer(s)]);
  return Buffer.concat([Buffer.of(0x30, both.length), both]);
}

type Change = (r: Buffer, s: Buffer) => Buffer | string;

const CHANGED: Record<'ES256' | 'EdDSA', Record<string, Change>> = {
  ES256: {
    'r of zero': (_, s) => encodeRawSignature(0n, bigEndian(s)),
    's of zero': (r) => encodeRawSignature(bigEndian(r), 0n),
    'r of the order': (_, s) => encodeRawSignature(N, bigEndian(s)),
    's of the order': (r) => encodeRawSignature(bigEndian(r), N),
    'r and s of all ones': () => Buffer.alloc(64, 0xff),
    'r and s swapped': (r, s) => Buffer.concat([s, r]),
    'DER in place of r and s': encodeDer,
    'DER cut to 64 bytes': (r, s) => encodeDer(r, s).subarray(0, 64),
    'a byte more': (r, s) => Buffer.concat([r, s, Buffer.alloc(1)]),
    'a byte less': (r, s) => Buffer.concat([r, s]).subarray(0, 63),
    'a zero before each half': (r, s) => Buffer.concat([Buffer.alloc(1), r, Buffer.alloc(1), s]),
  },
  EdDSA: {
    // RFC 8032 §5.1.7: s has to be below L; whoever takes it above makes two signatures of one.
    's and L': (r, s) => Buffer.concat([r, bytesOf(littleEndian(s) + L).reverse()]),
    's of zero': (r) => Buffer.concat([r, Buffer.alloc(32)]),
    's of L': (r) => Buffer.concat([r, bytesOf(L).reverse()]),
    'R of zero': (_, s) => Buffer.concat([Buffer.alloc(32), s]),
    'R the neutral element, s of zero': () => Buffer.concat([Buffer.of(1), Buffer.alloc(63)]),
    'R and s swapped': (r, s) => Buffer.concat([s, r]),
    'a byte more': (r, s) => Buffer.concat([r, s, Buffer.alloc(1)]),
    'a byte less': (r, s) => Buffer.concat([r, s]).subarray(0, 63),
  },
};

/** An access token that is good in every other way, with another signature. */
async function withSignature(keys: SigningKeys, change: Change): Promise<string> {
  const [header, payload, signature = ''] = (await issue(keys)).split('.');
  const bytes = Buffer.from(signature, 'base64url');
  const changed = change(bytes.subarray(0, 32), bytes.subarray(32));
  const text = typeof changed === 'string' ? changed : changed.toString('base64url');
  return `${header}.${payload}.${text}`;
}

for (const alg of ['ES256', 'EdDSA'] as const)
  describe(`an access token under ${alg} does not count`, async () => {
    const keys = await makeKeys(alg);
    for (const [name, change] of Object.entries(CHANGED[alg]))
      test(`with ${name}`, async () => {
        const token = await withSignature(keys, change);
        assert.equal(await refusalOf(token, keys, SECRET), BAD_SIGNATURE.detail);
      });
  });

test('of the two s that ECDSA has for each signature both count, as RFC 7518 says; jti is what tells credentials apart', async () => {
  const keys = await makeKeys('ES256');
  const token = await withSignature(keys, (r, s) => encodeRawSignature(bigEndian(r), N - bigEndian(s)));
  const verifier = createTokenVerifier({ keys: new SwappedKeys(keys), issuer: ISSUER, audience: MESH });
  assert.equal(reasonOf(await verifier.verify(token, NOW)), 'verified');
});

describe('a key that is not what it says is refused when it is loaded', () => {
  const wycheproof = (changes: object) => ({ ...WYCHEPROOF_ES256_KEY, ...changes });
  const point = (hex: string) => ({
    kty: 'OKP',
    crv: 'Ed25519',
    x: Buffer.from(hex, 'hex').toString('base64url'),
  });
  const oct = { kty: 'oct', alg: 'HS256', use: 'sig', kid: 'kid-aes-sign', k: WYCHEPROOF_HS256_SECRET };
  // The numbers are of Wycheproof's json_web_key_test.json, but for 354 and 356, of json_web_signature_test.json.
  const rows: Record<string, [keys: object[], problem: RegExp]> = {
    '1: a secret among public keys': [[oct, WYCHEPROOF_ES256_KEY], /neither an Ed25519 nor a P-256 key/],
    '2: secrets alone': [[oct], /neither an Ed25519 nor a P-256 key/],
    '4: two keys of one kid': [
      [WYCHEPROOF_ES256_KEY, { ...RFC7515_ES256_KEY, kid: 'kid-ec-sign' }],
      /has the kid of one before it/,
    ],
    '19: ES521, which is no algorithm': [[wycheproof({ alg: 'ES521' })], /alg other than ES256/],
    '20: ES224, which is none either': [[wycheproof({ alg: 'ES224' })], /alg other than ES256/],
    '21: a key for encryption': [[wycheproof({ use: 'enc' })], /use other than sig/],
    '22: a point that is not on the curve': [
      [wycheproof({ y: 'UI8exy-C06a7DUnjIdENkxeFtHM4-l_41LqEw9nVgnw' })],
      /not a valid JWK/,
    ],
    '23: another curve': [[wycheproof({ crv: 'P-384' })], /neither an Ed25519 nor a P-256 key/],
    '24: another kind': [[wycheproof({ kty: 'RSA' })], /neither an Ed25519 nor a P-256 key/],
    '354: for encryption, without alg': [[wycheproof({ alg: undefined, use: 'enc' })], /use other than sig/],
    '356: key_ops to encrypt': [
      [wycheproof({ alg: undefined, use: undefined, key_ops: ['encrypt'] })],
      /key_ops that are not for verifying/,
    ],
    'use and key_ops that contradict each other': [[wycheproof({ key_ops: ['encrypt'] })], /key_ops/],
    'P-256 coordinates of a byte more': [
      [wycheproof({ x: decode(`AA${WYCHEPROOF_ES256_KEY.x}`).toString('base64url') })],
      /not a valid JWK|canonical base64url/,
    ],
    'P-256 without y': [[wycheproof({ y: undefined })], /not a valid JWK/],
    'an Ed25519 key that says it is X25519': [
      [{ ...RFC8037_KEY, crv: 'X25519' }],
      /neither an Ed25519 nor a P-256 key/,
    ],
    'an Ed25519 key of 31 bytes': [[point('11'.repeat(31))], /not a valid JWK|not a point/],
    'an Ed25519 key whose last character leaves bits over': [
      [{ ...RFC8037_KEY, x: RFC8037_KEY.x.replace(/o$/, 'p') }],
      /canonical base64url/,
    ],
    'Ed25519, the neutral element': [[point(`01${'00'.repeat(31)}`)], /not a point/],
    'Ed25519, of order 2': [[point(`ec${'ff'.repeat(30)}7f`)], /not a point/],
    'Ed25519, of order 4': [[point('00'.repeat(32))], /not a point/],
    'Ed25519, of order 4, the other one': [[point(`${'00'.repeat(31)}80`)], /not a point/],
    'Ed25519, of order 8': [
      [point('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a')],
      /not a point/,
    ],
    'Ed25519, of order 8, another one': [
      [point('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85')],
      /not a point/,
    ],
    'Ed25519, the neutral element again, above the prime': [[point(`ee${'ff'.repeat(30)}7f`)], /not a point/],
    'Ed25519, not on the curve': [[point(`02${'00'.repeat(31)}`)], /not a point/],
  };
  for (const [name, [keys, problem]] of Object.entries(rows))
    test(name, () => assert.rejects(load(...keys), problem));

  test('and one that is, is not', async () => {
    const keys = await load(wycheproof({ key_ops: ['verify'] }), RFC7515_ES256_KEY, RFC8037_KEY);
    assert.equal(keys.verification.size, 3);
  });
});
