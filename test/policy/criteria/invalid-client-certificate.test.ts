import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, client1, inputOf } from '../../support/policy-cases.ts';

const cases = [
  [
    'no certificate',
    { presented: false, valid: false, leaf: undefined },
    true,
    'client-certificate-required',
  ],
  [
    'one that did not verify',
    { presented: true, valid: false, leaf: client1 },
    true,
    'invalid-client-certificate',
  ],
  ['one that verified', { presented: true, valid: true, leaf: client1 }, false, 'valid-client-certificate'],
] as const;
for (const [name, clientCertificate, holds, reason] of cases)
  test(`invalid_client_certificate ${holds ? 'holds' : 'does not hold'} for ${name}`, () => {
    const input = inputOf('nobody', { clientCertificate });
    assert.deepEqual(ask({ invalid_client_certificate: true }, input), [holds, reason]);
  });
