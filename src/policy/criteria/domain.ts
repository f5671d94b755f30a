import type { CriterionKind } from '../criterion.ts';
import { reasonBit } from '../reason-set.ts';
import { compileStringMatcher } from '../string-matcher.ts';

const OK = reasonBit('domain-ok');
const UNAUTHORIZED = reasonBit('domain-unauthorized');
const UNAUTHENTICATED = reasonBit('user-unauthenticated');

/** Holds where the domain of the caller's email fits; never without one, not even where `not` is asked. */
export const domain: CriterionKind = {
  name: 'domain',
  data: 'string',
  compile(data, problems) {
    const test = compileStringMatcher(data, problems);
    return (
      test &&
      (({ subject }) => {
        if (subject === undefined) return UNAUTHENTICATED;
        const text = domainOf(subject.email);
        return text !== undefined && test(text) ? OK : UNAUTHORIZED;
      })
    );
  },
};

/** What stands between the first @ and the next one, as Pomerium takes it. */
function domainOf(email: string): string | undefined {
  const start = email.indexOf('@') + 1;
  if (start === 0) return undefined;
  const end = email.indexOf('@', start);
  return end === -1 ? email.slice(start) : email.slice(start, end);
}
