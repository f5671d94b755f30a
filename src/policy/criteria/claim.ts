import type { ClaimValue } from '../../accounts/directory.ts';
import type { CriterionKind } from '../criterion.ts';
import { reasonBit } from '../reason-set.ts';
import { compileStringListMatcher } from '../string-list-matcher.ts';

const OK = reasonBit('claim-ok');
const UNAUTHORIZED = reasonBit('claim-unauthorized');
const UNAUTHENTICATED = reasonBit('user-unauthenticated');
const NO_VALUES: readonly ClaimValue[] = [];

/** `claim/<name>` holds where the values of that claim of the caller fit; a claim that is missing has none. */
export const claim: CriterionKind = {
  name: 'claim',
  data: 'string-list',
  compile(data, problems, subject) {
    const name = subject;
    if (name === '') {
      problems.add(data, 'expected the name of a claim, as in claim/department');
      return undefined;
    }
    const test = compileStringListMatcher(data, problems);
    return (
      test &&
      ((input) => {
        if (input.subject === undefined) return UNAUTHENTICATED;
        return test(input.subject.claims.get(name) ?? NO_VALUES) ? OK : UNAUTHORIZED;
      })
    );
  },
};
