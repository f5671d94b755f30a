import type { SourceNode } from '../../text/source-node.ts';
import { certificateFacts } from '../certificate-facts.ts';
import { CERTIFICATE_SCHEMA, certificateCost, compileCertificateMatcher } from '../certificate-matcher.ts';
import type { CriterionKind } from '../criterion.ts';
import type { CriterionNotes } from '../lint/criterion-notes.ts';
import { lintStringMatcher, type TextKind } from '../lint/lint-string-matcher.ts';
import { reasonOf } from '../reason.ts';

const OK = reasonOf('client-certificate-ok');
const UNAUTHORIZED = reasonOf('client-certificate-unauthorized');

/**
 * Holds if the client's certificate matches. `invalid_client_certificate` checks whether it is valid. A configured CA
 * enforces that criterion before every policy.
 */
export const clientCertificate: CriterionKind = {
  name: 'client_certificate',
  data: { name: 'certificate', schema: CERTIFICATE_SCHEMA },
  uses: 'clientCertificate',
  compile(data, problems) {
    const test = compileCertificateMatcher(data, problems);
    if (test === undefined) return undefined;
    return ({ request }) => {
      const { leaf } = request.clientCertificate;
      return leaf !== undefined && test(certificateFacts(leaf)) ? OK : UNAUTHORIZED;
    };
  },
  unknowable: { part: 'certificate', reasons: [OK.name, UNAUTHORIZED.name] },
  cost: certificateCost,
  lint: lintCertificateMatcher,
};

const NAMES: TextKind = { name: 'names in a certificate' };

/** Checks the conditions of a `client_certificate` that compiles. */
function lintCertificateMatcher(data: SourceNode, notes: CriterionNotes): void {
  if (data.kind !== 'map') return;
  if (data.entries.length === 0) notes.fitsEverything(data, 'any certificate fits, if there is one');
  for (const entry of data.entries) {
    const { key, value } = entry;
    if (key.startsWith('san_')) {
      lintStringMatcher(value, NAMES, notes);
      if (value.kind === 'map' && value.entries.length > 1)
        notes.differs(
          entry,
          'there each operator may match a different name; here all of them must match the same name',
        );
    } else if (value.kind === 'list' && value.items.length === 0)
      notes.neverHolds(entry, 'the list is empty');
  }
}
