import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readCertificateStructure } from '../../src/policy/certificate-extensions.ts';
import { client1 } from '../support/policy-cases.ts';

test('the extensions of a certificate are read with what is critical of them', () => {
  assert.ok(client1);
  const { signatureAlgorithm, extensions } = readCertificateStructure(client1.raw);
  // ecdsa-with-SHA256
  assert.equal(signatureAlgorithm, '2a8648ce3d040302');
  assert.deepEqual(extensions, [
    { id: '551d0e', critical: false },
    { id: '551d23', critical: false },
    { id: '551d13', critical: true },
    { id: '551d11', critical: false },
  ]);
});

test('bytes that are no certificate throw RangeError, and end', () => {
  const raw = client1?.raw;
  assert.ok(raw);
  const damaged = fc
    .tuple(fc.nat(raw.length - 1), fc.nat(255), fc.nat(raw.length))
    .map(([at, value, end]) =>
      Buffer.from(raw.map((byte, index) => (index === at ? value : byte))).subarray(0, end),
    );
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 64 }).map((array) => Buffer.from(array)),
    damaged,
  );
  fc.assert(
    fc.property(bytes, (der) => {
      try {
        readCertificateStructure(der);
      } catch (error) {
        assert.ok(error instanceof RangeError, String(error));
      }
    }),
    { numRuns: 2000 },
  );
});
