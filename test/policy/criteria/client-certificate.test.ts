import assert from 'node:assert/strict';
import type { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { ask, assertRefused, client1, client2, inputOf } from '../../support/policy-cases.ts';

const long =
  'F6:96:3E:9F:CE:50:11:72:2A:89:72:3C:F6:E8:5A:84:AE:D1:E6:63:58:F4:AE:48:54:99:DA:2F:36:91:27:4F';
const short = long.replaceAll(':', '').toLowerCase();
const [one, other] = client1?.fingerprint256 === long ? [client1, client2] : [client2, client1];
const name = one?.subject.slice('CN='.length) ?? '';
const spki = ['+xfbIcYb7oFSArw0qvN6zPdyGRLWEgO02n6L6nSLesw=', 'odg2BnZIn+TaDg41UxFQqG0lS98EbfOYe7jz8rnjVoY='];

const cases: [unknown, X509Certificate | undefined, boolean][] = [
  [{ fingerprint: long }, one, true],
  [{ fingerprint: short }, one, true],
  [{ fingerprint: [short, '0'.repeat(64)] }, one, true],
  [{ fingerprint: short }, other, false],
  [{ fingerprint: [] }, one, false],
  [{ spki_hash: spki }, one, true],
  [{ spki_hash: [] }, one, false],
  [{ san_dns: `${name}.svc.local` }, one, true],
  [{ san_dns: `${name}.svc.local` }, other, false],
  [{ san_dns: { starts_with: 'alt', ends_with: 'svc.local' } }, one, false],
  [{ san_email: { ends_with: '@example.com' } }, one, true],
  [{ san_uri: { starts_with: 'spiffe://mesh.local/' } }, one, true],
  [{ san_uri: { starts_with: 'spiffe://other/' } }, one, false],
  [{ san_dns: `${name}.svc.local`, fingerprint: short }, one, true],
  [{ san_dns: 'other', fingerprint: short }, one, false],
  [{}, one, true],
  [{}, undefined, false],
  [{ san_dns: { not: 'x' } }, undefined, false],
];
for (const [data, leaf, holds] of cases)
  test(`client_certificate ${JSON.stringify(data)} ${holds ? 'holds' : 'does not hold'} for ${leaf?.subject ?? 'none'}`, () => {
    const clientCertificate = { presented: leaf !== undefined, valid: leaf !== undefined, leaf };
    const expected = [holds, holds ? 'client-certificate-ok' : 'client-certificate-unauthorized'];
    assert.deepEqual(ask({ client_certificate: data }, inputOf('nobody', { clientCertificate })), expected);
  });

const at = 'allow.or[0].client_certificate';
const refused: [unknown, string, RegExp][] = [
  ['text', at, /expected a map/],
  [{ fingerprint: 'zz' }, `${at}.fingerprint`, /expected SHA-256/],
  [{ fingerprint: short.toUpperCase() }, `${at}.fingerprint`, /expected SHA-256/],
  [{ fingerprint: long.toLowerCase() }, `${at}.fingerprint`, /expected SHA-256/],
  [{ fingerprint: ['zz'] }, `${at}.fingerprint[0]`, /expected SHA-256/],
  [{ spki_hash: 'AAAA' }, `${at}.spki_hash`, /base64/],
  [{ spki_hash: `${spki[0]}x` }, `${at}.spki_hash`, /base64/],
  [{ spki_hash: { is: spki[0] } }, `${at}.spki_hash`, /base64/],
  [{ issuer: 'x' }, `${at}.issuer`, /expected one of fingerprint/],
  [{ san_dsn: 'x' }, `${at}.san_dsn`, /did you mean "san_dns"/],
];
for (const [data, path, message] of refused)
  test(`client_certificate ${JSON.stringify(data)} is refused`, () => {
    assertRefused({ allow: { or: [{ client_certificate: data }] } }, path, message);
  });
