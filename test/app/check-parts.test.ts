import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createCheckParts } from '../../src/app/check-parts.ts';
import { makeUpMesh } from '../../src/app/warm-up-mesh.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { Secret } from '../../src/config/secret.ts';
import { fixed, type Watched } from '../../src/files/watch-files.ts';
import { createClientCertificateReader } from '../../src/policy/client-certificate-reader.ts';
import { makeThrowawayKeys } from '../../src/tokens/generate-key.ts';
import { TestCa } from '../support/certificates.ts';

// Part 6b, B: what is read from files holds for the next Check once it has changed: Pomerium's shared secret and client_ca, too.

const folder = mkdtempSync(join(tmpdir(), 'check-parts-'));
after(() => rmSync(folder, { recursive: true }));

/** Content that the test replaces. */
function replaceable<T>(first: T): Watched<T> & { replace(next: T): void } {
  let current = first;
  const listeners: ((content: T) => void)[] = [];
  return {
    get current() {
      return current;
    },
    onChange: (listener) => void listeners.push(listener),
    replace(next) {
      current = next;
      for (const listener of listeners) listener(next);
    },
  };
}

const config = loadConfig({ env: {}, cwd: folder });
const verification = { current: await makeThrowawayKeys('EdDSA'), generation: 0 };
const assertion = { current: await makeThrowawayKeys('ES256'), generation: 0 };

test('a shared secret that is replaced counts at once, and what the old one signed counts no more', async () => {
  const [old, next] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
  const sharedSecret = replaceable<Secret | undefined>(new Secret(old));
  const clientCertificates = fixed(createClientCertificateReader(undefined));
  const { tokens } = createCheckParts(config, makeUpMesh().followed, {
    verification,
    assertion,
    sharedSecret,
    clientCertificates,
  });
  const now = Date.now();
  const sign = (secret: Buffer) => {
    const iat = Math.floor(now / 1000);
    const claims = { iss: config.issuer, aud: config.audience.mesh, sub: 'u', jti: 'a', iat, nbf: iat };
    const signed = [{ alg: 'HS256', typ: 'JWT' }, claims]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');
    return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
  };
  const isGood = async (secret: Buffer) => !('refused' in (await tokens.verify(sign(secret), now)));
  assert.deepEqual([await isGood(old), await isGood(next)], [true, false]);
  sharedSecret.replace(new Secret(next));
  assert.deepEqual([await isGood(old), await isGood(next)], [false, true]);
});

test('a client CA that is replaced vouches at once, and the old one no more', () => {
  const [oldCa, newCa] = [new TestCa(), new TestCa()];
  try {
    const reader = (ca: TestCa) => createClientCertificateReader(ca.cert.toString());
    const clientCertificates = replaceable(reader(oldCa));
    const { settings } = createCheckParts(config, makeUpMesh().followed, {
      verification,
      assertion,
      sharedSecret: fixed(undefined),
      clientCertificates,
    });
    const certificates = [oldCa, newCa].map((ca) => encodeURIComponent(ca.issue('DNS:a').cert.toString()));
    const valid = () => certificates.map((pem) => settings.readClientCertificate(pem, Date.now()).valid);
    assert.deepEqual(valid(), [true, false]);
    clientCertificates.replace(reader(newCa));
    assert.deepEqual(valid(), [false, true]);
  } finally {
    oldCa.remove();
    newCa.remove();
  }
});
