import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, type JsonWebKey } from 'node:crypto';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { calculateJwkThumbprint, compactVerify } from 'jose';
import { loadPublicKeys, loadSigningKeys, loadVerificationKeys } from '../../src/tokens/key-file.ts';
import { KeyFileError } from '../../src/tokens/key-file-error.ts';
import { inFolder, issue } from '../support/token-fixture.ts';

const ed = generateKeyPairSync('ed25519');
const ed2 = generateKeyPairSync('ed25519');
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const edPrivate = ed.privateKey.export({ format: 'jwk' });
const edPublic = ed.publicKey.export({ format: 'jwk' });
const ecPrivate = ec.privateKey.export({ format: 'jwk' });
const ecPublic = ec.publicKey.export({ format: 'jwk' });
const pkcs8 = (pair: { privateKey: typeof ed.privateKey }) =>
  pair.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
const spki = (pair: { publicKey: typeof ed.publicKey }) =>
  pair.publicKey.export({ format: 'pem', type: 'spki' }).toString();
const set = (...keys: object[]) => JSON.stringify({ keys });

async function withFile<T>(
  text: string | Uint8Array,
  use: (path: string) => Promise<T>,
  mode = 0o600,
): Promise<T> {
  return inFolder(async (folder) => {
    const path = join(folder, 'keys');
    await writeFile(path, text, { mode });
    await chmod(path, mode);
    return use(path);
  });
}
const sign = (text: string) => withFile(text, (path) => loadSigningKeys(path));
const verify = (text: string, mode?: number) => withFile(text, (path) => loadVerificationKeys(path), mode);

describe('a key file', () => {
  const rows: [string, string, 'EdDSA' | 'ES256', JsonWebKey][] = [
    ['a JWK of Ed25519', JSON.stringify(edPrivate), 'EdDSA', edPublic],
    ['a JWK of P-256', JSON.stringify(ecPrivate), 'ES256', ecPublic],
    ['a JWK Set', set(edPrivate), 'EdDSA', edPublic],
    ['PEM of Ed25519', pkcs8(ed), 'EdDSA', edPublic],
    ['PEM of P-256', pkcs8(ec), 'ES256', ecPublic],
    [
      'PEM with text around it',
      `# made by hand\r\n${pkcs8(ed).replaceAll('\n', '\r\n')}\nend\n`,
      'EdDSA',
      edPublic,
    ],
    [
      'a JWK that says what it is for',
      JSON.stringify({ ...edPrivate, alg: 'EdDSA', use: 'sig', key_ops: ['sign'] }),
      'EdDSA',
      edPublic,
    ],
    [
      'a JWK as newer runtimes export it',
      JSON.stringify({ ...edPrivate, alg: 'Ed25519', ext: true }),
      'EdDSA',
      edPublic,
    ],
  ];
  for (const [name, text, alg, jwk] of rows)
    test(`may be ${name}`, async () => {
      const keys = await sign(text);
      const kid = await calculateJwkThumbprint({ ...jwk });
      assert.equal(keys.signer.alg, alg);
      assert.equal(keys.signer.kid, kid, 'RFC 7638 where it has no kid of its own');
      const verification = keys.verification.get(kid);
      assert.ok(verification);
      await compactVerify(await issue(keys), verification.key, { algorithms: [alg] });
      assert.deepEqual(keys.publicJwks, { keys: [{ ...jwk, kid, alg, use: 'sig' }] });
    });

  test('made by openssl is read', async () => {
    const pem = execFileSync('openssl', ['genpkey', '-algorithm', 'ed25519'], { encoding: 'utf8' });
    assert.equal((await sign(pem)).signer.alg, 'EdDSA');
  });

  test('made by openssl ecparam -genkey (SEC1, after the parameters of its curve) is read', async () => {
    for (const args of [
      ['-genkey'],
      ['-genkey', '-noout'],
      ['-genkey', '-noout', '-conv_form', 'compressed'],
    ]) {
      const pem = execFileSync('openssl', ['ecparam', '-name', 'prime256v1', ...args], { encoding: 'utf8' });
      assert.match(pem, /BEGIN EC PRIVATE KEY/);
      assert.equal((await sign(pem)).signer.alg, 'ES256');
    }
  });

  test('signs with its first private key, and verifies with all', async () => {
    const keys = await sign(
      set(
        { ...edPublic, kid: 'old' },
        { ...ecPrivate, kid: 'now' },
        { ...ed2.privateKey.export({ format: 'jwk' }), kid: 'next' },
      ),
    );
    assert.equal(keys.signer.kid, 'now');
    assert.deepEqual([...keys.verification.keys()], ['old', 'now', 'next']);
    assert.doesNotMatch(JSON.stringify(keys.publicJwks), /"d"/);
    assert.equal(keys.signer.key.extractable, false);
  });

  test('may hold several PEM blocks of both kinds', async () => {
    const keys = await sign(spki(ed) + pkcs8(ec) + pkcs8(ed2));
    assert.equal(keys.signer.alg, 'ES256');
    assert.equal(keys.verification.size, 3);
  });

  test('may hold public keys alone where they only verify, in any mode', async () => {
    assert.equal((await verify(set(edPublic, ecPublic), 0o644)).verification.size, 2);
    assert.equal((await verify(spki(ed), 0o666)).verification.size, 1);
  });
});

describe('a key file is refused', () => {
  const secret = String(edPrivate.d);
  const rows: Record<string, [string, RegExp]> = {
    'that is empty': ['', /neither JSON nor PEM/],
    'that is no key': [`not a key ${secret}`, /neither JSON nor PEM/],
    'with broken JSON': [`{"d":"${secret}"`, /neither JSON nor PEM/],
    'with JSON that is no key': ['"x"', /not a JWK/],
    'with an empty set': ['{"keys":[]}', /holds no key/],
    'with keys that are no list': ['{"keys":{}}', /holds no key/],
    'with RSA': [pkcs8(rsa), /neither an Ed25519 nor a P-256/],
    'with a JWK of RSA': [
      JSON.stringify(rsa.privateKey.export({ format: 'jwk' })),
      /neither an Ed25519 nor a P-256/,
    ],
    'with P-384': [pkcs8(p384), /neither an Ed25519 nor a P-256/],
    'with a JWK of P-384': [
      JSON.stringify(p384.privateKey.export({ format: 'jwk' })),
      /neither an Ed25519 nor a P-256/,
    ],
    'with X25519': [pkcs8(generateKeyPairSync('x25519')), /neither an Ed25519 nor a P-256/],
    'with a symmetric key': ['{"kty":"oct","k":"c2VjcmV0"}', /neither an Ed25519 nor a P-256/],
    'with SEC1 PEM that has a passphrase': [
      ec.privateKey
        .export({ format: 'pem', type: 'sec1', cipher: 'aes-256-cbc', passphrase: 'x' })
        .toString(),
      /encrypted with a passphrase; to decrypt it: openssl pkey -in/,
    ],
    'with the parameters of a curve alone': [
      '-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n',
      /holds no key/,
    ],
    'with SEC1 PEM of another curve': [
      p384.privateKey.export({ format: 'pem', type: 'sec1' }).toString(),
      /neither an Ed25519 nor a P-256/,
    ],
    'with encrypted PEM': [
      ed.privateKey
        .export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'x' })
        .toString(),
      /neither PRIVATE KEY \(PKCS#8, not encrypted\).*to convert it: openssl pkey -in OLD -out NEW/,
    ],
    'with PEM cut short': [pkcs8(ed).slice(0, 60), /without its end/],
    'with PEM of rubbish': ['-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n', /no valid key/],
    'with a JWK for encryption': [JSON.stringify({ ...edPrivate, use: 'enc' }), /use other than sig/],
    'with a JWK of another alg': [JSON.stringify({ ...edPrivate, alg: 'ES256' }), /alg other than EdDSA/],
    'with a P-256 JWK of another alg': [
      JSON.stringify({ ...ecPrivate, alg: 'ECDH-ES' }),
      /alg other than ES256/,
    ],
    'with a private JWK not for signing': [JSON.stringify({ ...edPrivate, key_ops: ['verify'] }), /key_ops/],
    'with a JWK for deriving': [JSON.stringify({ ...ecPrivate, key_ops: ['sign', 'deriveKey'] }), /key_ops/],
    'with a kid that is a number': [JSON.stringify({ ...edPrivate, kid: 7 }), /invalid kid/],
    'with a kid that is empty': [JSON.stringify({ ...edPrivate, kid: '' }), /invalid kid/],
    'with two keys of one kid': [
      set({ ...edPrivate, kid: 'a' }, { ...ecPrivate, kid: 'a' }),
      /key 2 of 2 has the kid/,
    ],
    'with the same key twice': [pkcs8(ed) + pkcs8(ed), /key 2 of 2 has the kid/],
    'whose public half is not of its private one': [
      JSON.stringify({ ...edPrivate, x: ed2.publicKey.export({ format: 'jwk' }).x }),
      /does not belong/,
    ],
    'whose P-256 public half is not of its private one': [
      JSON.stringify({
        ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' }),
        d: ecPrivate.d,
      }),
      /does not belong/,
    ],
    'with a point off its curve': [JSON.stringify({ ...ecPublic, y: ecPublic.x }), /not a valid JWK/],
    'with one bad key among good ones': [
      set(edPrivate, { kty: 'OKP', crv: 'Ed25519' }),
      /key 2 of 2 is not a valid JWK/,
    ],
    'of more than 1 MiB': [JSON.stringify({ ...edPrivate, pad: 'x'.repeat(1024 * 1024) }), /larger than/],
  };
  for (const [name, [text, problem]] of Object.entries(rows))
    test(name, async () => {
      await withFile(text, async (path) => {
        await assert.rejects(loadVerificationKeys(path), (error: unknown) => {
          assert.ok(error instanceof KeyFileError);
          assert.ok(error.message.startsWith(`key file ${path}: `), error.message);
          assert.match(error.message, problem);
          assert.ok(!error.message.includes(secret) && error.cause === undefined, 'nothing of it is quoted');
          return true;
        });
      });
    });

  test('that is not UTF-8', () =>
    withFile(Uint8Array.of(0x7b, 0xff, 0x7d), (path) =>
      assert.rejects(loadVerificationKeys(path), /not UTF-8/),
    ));
  test('that does not exist', () =>
    inFolder((folder) => assert.rejects(loadVerificationKeys(join(folder, 'none')), /none: does not exist/)));
  test('that is a folder', () =>
    inFolder(async (folder) => {
      await mkdir(join(folder, 'keys'));
      await assert.rejects(loadVerificationKeys(join(folder, 'keys')), /not a regular file/);
    }));
  test('that is a pipe, at once', () =>
    inFolder(async (folder) => {
      execFileSync('mkfifo', [join(folder, 'pipe')]);
      await assert.rejects(loadVerificationKeys(join(folder, 'pipe')), /not a regular file/);
    }));
  test('for signing where it has no private key', () =>
    assert.rejects(sign(set(edPublic)), /holds no private key/));
  test('for assertions where a key of it is not P-256', () =>
    withFile(set(ecPrivate, edPublic), (path) =>
      assert.rejects(loadSigningKeys(path, 'ES256'), /not for ES256/),
    ));

  for (const mode of [0o604, 0o644, 0o602, 0o601])
    test(`with a private key in mode ${mode.toString(8)}, and says what to do`, () =>
      withFile(
        pkcs8(ed),
        async (path) => {
          await assert.rejects(loadSigningKeys(path), (error: unknown) => {
            assert.ok(
              error instanceof KeyFileError && error.message.includes(`run: chmod 600 ${path}`),
              String(error),
            );
            return true;
          });
          await assert.rejects(loadVerificationKeys(path), KeyFileError);
        },
        mode,
      ));
  for (const mode of [0o600, 0o400, 0o700])
    test(`but not with a private key in mode ${mode.toString(8)}`, () =>
      withFile(pkcs8(ed), async (path) => void (await loadSigningKeys(path)), mode));
});

describe('several key files to verify with', () => {
  test('are one set, in which the same key may be twice', () =>
    inFolder(async (folder) => {
      const [a, b] = [join(folder, 'a'), join(folder, 'b')];
      await writeFile(a, JSON.stringify(edPrivate), { mode: 0o600 });
      await writeFile(b, set(edPublic, ecPublic));
      assert.equal((await loadVerificationKeys([a, b])).verification.size, 2);
    }));
  test('are refused where two keys share a kid', () =>
    inFolder(async (folder) => {
      const [a, b] = [join(folder, 'a'), join(folder, 'b')];
      await writeFile(a, JSON.stringify({ ...edPublic, kid: 'k' }));
      await writeFile(b, JSON.stringify({ ...ecPublic, kid: 'k' }));
      await assert.rejects(loadVerificationKeys([a, b]), /another key under a kid/);
    }));
});

describe('a file of public keys', () => {
  const load = (text: string) => withFile(text, (path) => loadPublicKeys([path]));

  test('is loaded as a JWK Set and as PEM', async () => {
    for (const text of [set(edPublic, ecPublic), spki(ed)])
      assert.ok((await load(text)).verification.size > 0, text);
  });

  for (const [name, text] of [
    ['a JWK', JSON.stringify(edPrivate)],
    ['one of a JWK Set', set(edPublic, ecPrivate)],
    ['PEM', pkcs8(ed)],
    ['one of several PEM blocks', `${spki(ed2)}${pkcs8(ed)}`],
  ] as const)
    test(`is refused if it holds a private key: ${name}`, () =>
      assert.rejects(
        load(text),
        (error) => error instanceof KeyFileError && /holds a private key/.test(error.message),
      ));
});
