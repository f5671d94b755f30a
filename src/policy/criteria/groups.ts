import type { CriterionKind } from '../criterion.ts';
import { reasonBit } from '../reason-set.ts';
import { compileStringListMatcher } from '../string-list-matcher.ts';

const OK = reasonBit('groups-ok');
const UNAUTHORIZED = reasonBit('groups-unauthorized');
const UNAUTHENTICATED = reasonBit('user-unauthenticated');

/** Holds where the ids of the caller's groups fit; never for a caller whom the directory does not know. */
export const groups: CriterionKind = {
  name: 'groups',
  data: 'string-list',
  compile(data, problems) {
    const test = compileStringListMatcher(data, problems);
    return (
      test &&
      (({ subject }) => {
        if (subject === undefined) return UNAUTHENTICATED;
        return subject.directoryUser !== undefined && test(subject.groups) ? OK : UNAUTHORIZED;
      })
    );
  },
};
