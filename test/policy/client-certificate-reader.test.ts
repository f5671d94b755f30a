import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { createClientCertificateReader } from '../../src/policy/client-certificate-reader.ts';
import type { ClientCertificate } from '../../src/policy/policy-input.ts';
import { CA_EXTENSIONS, CertificateMaker } from '../support/make-certificate.ts';

const maker = new CertificateMaker();
after(() => maker.remove());

const NOW = Date.parse('2026-06-01T00:00:00Z');
const ca = (name: string, more: readonly string[] = []) =>
  maker.make({ name, extensions: [...CA_EXTENSIONS, ...more] });
const root = ca('root');
const other = ca('other');
const leaf = maker.make({
  name: 'leaf',
  issuer: 'root',
  extensions: ['subjectAltName=DNS:leaf.example.com'],
});

function read(bundle: string | undefined, pem: string | undefined, now = NOW): ClientCertificate {
  return createClientCertificateReader(bundle)(pem && encodeURIComponent(pem), now);
}

function isValid(bundle: string | undefined, pem: string, now = NOW): boolean {
  const { presented, valid } = read(bundle, pem, now);
  assert.equal(presented, true);
  return valid;
}

describe('a client certificate', () => {
  it('is valid where the CA signed it', () => {
    const { presented, valid, leaf: certificate } = read(root, leaf);
    assert.deepEqual([presented, valid, certificate?.subject], [true, true, 'CN=leaf']);
  });

  it('is none where none was presented', () => {
    assert.deepEqual(read(root, undefined), { presented: false, valid: false, leaf: undefined });
  });

  it('is invalid where no CA is configured, where another CA signed it, and where it signed itself', () => {
    assert.equal(isValid(undefined, leaf), false);
    assert.equal(isValid(other, leaf), false);
    assert.equal(isValid(root, maker.make({ name: 'own' })), false);
  });

  it('is invalid where a stranger has the name of the CA', () => {
    maker.make({ name: 'impostor', subject: 'root', extensions: CA_EXTENSIONS });
    assert.equal(isValid(root, maker.make({ name: 'forged', issuer: 'impostor' })), false);
  });

  it('is invalid where one whom the CA vouches for, but who is no CA, signed it', () => {
    maker.make({ name: 'no-ca', issuer: 'root' });
    const signed = maker.make({ name: 'signed-by-leaf', issuer: 'no-ca' });
    assert.equal(isValid(root, signed), false);
    const noCa = maker.make({ name: 'no-ca-pinned' });
    assert.equal(
      isValid(root + noCa, maker.make({ name: 'signed-by-pinned', issuer: 'no-ca-pinned' })),
      false,
    );
  });

  it('is invalid where its signer may not sign certificates', () => {
    const weak = maker.make({
      name: 'weak-ca',
      extensions: ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,digitalSignature'],
    });
    assert.equal(isValid(weak, maker.make({ name: 'by-weak', issuer: 'weak-ca' })), false);
  });

  it('is valid where its signer is in the bundle, with a root or without; the root alone is not enough', () => {
    const between = maker.make({ name: 'between', issuer: 'root', extensions: CA_EXTENSIONS });
    const signed = maker.make({ name: 'by-between', issuer: 'between' });
    assert.equal(isValid(root + between, signed), true);
    assert.equal(isValid(between, signed), true);
    assert.equal(isValid(root, signed), false);
  });

  it('is valid where it is in the bundle itself', () => {
    const pinned = maker.make({ name: 'pinned' });
    assert.equal(isValid(pinned + root, pinned), true);
  });

  it('holds from its first second to its last, each time it is asked about', () => {
    const short = maker.make({
      name: 'short',
      issuer: 'root',
      from: '20260601000000Z',
      to: '20260602000000Z',
    });
    const reader = createClientCertificateReader(root);
    const at = (time: string) => reader(encodeURIComponent(short), Date.parse(time)).valid;
    assert.deepEqual(
      ['2026-05-31T23:59:59Z', '2026-06-01T00:00:00Z', '2026-06-02T00:00:00Z', '2026-06-02T00:00:01Z'].map(
        at,
      ),
      [false, true, true, false],
    );
    assert.equal(at('2026-06-01T12:00:00Z'), true);
  });

  it('holds no longer than its CA, and as long as one of several that share a key does', () => {
    const old = maker.make({ name: 'renewed', extensions: CA_EXTENSIONS, to: '20260301000000Z' });
    const signed = maker.make({ name: 'by-renewed', issuer: 'renewed' });
    assert.equal(isValid(old, signed), false);
    const fresh = maker.make({
      name: 'renewed-2',
      subject: 'renewed',
      keyOf: 'renewed',
      extensions: CA_EXTENSIONS,
    });
    assert.equal(isValid(old + fresh, signed), true);
    assert.equal(isValid(fresh + old, signed), true);
  });

  it('has to be for clients, where it says what it is for, and so has its CA', () => {
    const use = (uses: string) => [`extendedKeyUsage=${uses}`];
    const leafFor = (name: string, uses: string) =>
      maker.make({ name, issuer: 'root', extensions: use(uses) });
    assert.equal(isValid(root, leafFor('for-clients', 'serverAuth,clientAuth')), true);
    assert.equal(isValid(root, leafFor('for-any', 'anyExtendedKeyUsage')), true);
    assert.equal(isValid(root, leafFor('for-servers', 'serverAuth')), false);
    const serverCa = ca('server-ca', use('serverAuth'));
    assert.equal(isValid(serverCa, maker.make({ name: 'by-server-ca', issuer: 'server-ca' })), false);
  });

  it('is invalid where it has a critical extension that nobody here knows', () => {
    const odd = (name: string, critical: string) =>
      maker.make({ name, issuer: 'root', extensions: [`1.2.3.4=${critical}ASN1:NULL`] });
    assert.equal(isValid(root, odd('odd', 'critical,')), false);
    assert.equal(isValid(root, odd('odd-but-fine', '')), true);
  });

  it('is invalid where it is signed with what can be forged', () => {
    assert.equal(isValid(root, maker.make({ name: 'sha1', issuer: 'root', digest: 'sha1' })), false);
    assert.equal(isValid(root, maker.make({ name: 'sha384', issuer: 'root', digest: 'sha384' })), true);
  });

  it('is one that was presented and is invalid, where nobody can read it', () => {
    const changed = leaf.replace(/[A-Za-z]{4}/g, (text) => text.toLowerCase());
    for (const text of [
      '',
      'hello',
      '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----',
      changed,
      'x'.repeat(1 << 20),
    ])
      assert.deepEqual(read(root, text === '' ? ' ' : text), {
        presented: true,
        valid: false,
        leaf: undefined,
      });
    const reader = createClientCertificateReader(root);
    assert.deepEqual(reader('%', NOW), { presented: true, valid: false, leaf: undefined });
  });
});

describe('what has been read', () => {
  it('is read once: the certificate is the same object the next time', () => {
    const reader = createClientCertificateReader(root);
    const once = reader(encodeURIComponent(leaf), NOW);
    assert.equal(reader(encodeURIComponent(leaf), NOW + 1), once);
  });

  it('is bounded, and strangers by the hundred push out nobody who is vouched for', () => {
    const reader = createClientCertificateReader(root, 4);
    const good = reader(encodeURIComponent(leaf), NOW);
    for (let stranger = 0; stranger < 1000; stranger++)
      assert.equal(reader(`${encodeURIComponent(other)}%0A${stranger}`, NOW).valid, false);
    assert.equal(reader(encodeURIComponent(leaf), NOW), good);
  });
});

describe('the bundle', () => {
  it('has to hold certificates', () => {
    for (const bundle of ['', 'hello', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'])
      assert.throws(() => createClientCertificateReader(bundle), bundle);
  });

  it('may not hold a CA whose limits nobody here could keep', () => {
    const named = ca('named-ca', ['nameConstraints=permitted;DNS:example.com']);
    assert.throws(
      () => createClientCertificateReader(root + named),
      /client_ca: CN=named-ca .*name constraints/,
    );
    const odd = ca('odd-ca', ['1.2.3.4=critical,ASN1:NULL']);
    assert.throws(
      () => createClientCertificateReader(odd),
      /client_ca: CN=odd-ca has an unsupported critical extension/,
    );
  });

  it('may hold a CA that limits how many others may come below it', () => {
    const limited = maker.make({
      name: 'limited',
      extensions: ['basicConstraints=critical,CA:TRUE,pathlen:0', 'keyUsage=critical,keyCertSign'],
    });
    assert.equal(isValid(limited, maker.make({ name: 'by-limited', issuer: 'limited' })), true);
  });
});
