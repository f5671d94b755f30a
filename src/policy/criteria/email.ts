import type { CriterionKind } from '../criterion.ts';
import { reasonBit } from '../reason-set.ts';
import { compileStringMatcher } from '../string-matcher.ts';

const OK = reasonBit('email-ok');
const UNAUTHORIZED = reasonBit('email-unauthorized');
const UNAUTHENTICATED = reasonBit('user-unauthenticated');

/** Holds where the caller's email fits; a caller without one has the empty text. */
export const email: CriterionKind = {
  name: 'email',
  data: 'string',
  compile(data, problems) {
    const test = compileStringMatcher(data, problems);
    return (
      test &&
      (({ subject }) => {
        if (subject === undefined) return UNAUTHENTICATED;
        return test(subject.email) ? OK : UNAUTHORIZED;
      })
    );
  },
};
