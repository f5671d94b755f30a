import { certificateFacts } from '../certificate-facts.ts';
import { CERTIFICATE_SCHEMA, certificateCost, compileCertificateMatcher } from '../certificate-matcher.ts';
import type { CriterionKind } from '../criterion.ts';
import { lintCertificateMatcher } from '../lint/lint-certificate-matcher.ts';
import { reasonOf } from '../reason.ts';

const OK = reasonOf('client-certificate-ok');
const UNAUTHORIZED = reasonOf('client-certificate-unauthorized');

/**
 * Holds where the client's certificate fits. Whether it verified is for `invalid_client_certificate`, which a
 * configured CA puts before every policy.
 */
export const clientCertificate: CriterionKind = {
  name: 'client_certificate',
  data: { name: 'certificate', schema: CERTIFICATE_SCHEMA },
  uses: 'clientCertificate',
  compile(data, problems) {
    const test = compileCertificateMatcher(data, problems);
    return (
      test &&
      (({ request }) => {
        const { leaf } = request.clientCertificate;
        return leaf !== undefined && test(certificateFacts(leaf)) ? OK : UNAUTHORIZED;
      })
    );
  },
  unknowable: { part: 'certificate', reasons: [OK.name, UNAUTHORIZED.name] },
  cost: certificateCost,
  lint: lintCertificateMatcher,
};
