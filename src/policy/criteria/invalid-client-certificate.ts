import type { CriterionKind } from '../criterion.ts';
import { IGNORED } from '../criterion-data.ts';
import { reasonOf } from '../reason.ts';

const REQUIRED = reasonOf('client-certificate-required');
const INVALID = reasonOf('invalid-client-certificate');
const VALID = reasonOf('valid-client-certificate');

/** Holds if the client presented no certificate or an invalid one. */
export const invalidClientCertificate: CriterionKind = {
  name: 'invalid_client_certificate',
  data: IGNORED,
  unknowable: { part: 'certificate', reasons: [VALID.name, INVALID.name, REQUIRED.name] },
  uses: 'clientCertificate',
  compile:
    () =>
    ({ request: { clientCertificate } }) => {
      if (!clientCertificate.presented) return REQUIRED;
      return clientCertificate.valid ? VALID : INVALID;
    },
};
