import type { CriterionKind } from '../criterion.ts';
import { reasonBit } from '../reason-set.ts';
import { compileStringMatcher } from '../string-matcher.ts';

const OK = reasonBit('user-ok');
const UNAUTHORIZED = reasonBit('user-unauthorized');
const UNAUTHENTICATED = reasonBit('user-unauthenticated');

/** Holds where the caller's user ID fits. */
export const user: CriterionKind = {
  name: 'user',
  data: 'string',
  compile(data, problems) {
    const test = compileStringMatcher(data, problems);
    return (
      test &&
      (({ subject }) => {
        if (subject === undefined) return UNAUTHENTICATED;
        return test(subject.userId) ? OK : UNAUTHORIZED;
      })
    );
  },
};
