import { GroupId } from '../../accounts/group-id.ts';
import { describeScalar } from '../../text/source-node.ts';
import type { CriterionKind } from '../criterion.ts';
import { STRING_LIST } from '../criterion-data.ts';
import { type ListValueKind, lintStringListMatcher } from '../lint/lint-string-list-matcher.ts';
import { reasonOf } from '../reason.ts';
import { compileStringListMatcher } from '../string-list-matcher.ts';

const OK = reasonOf('groups-ok');
const UNAUTHORIZED = reasonOf('groups-unauthorized');
const UNAUTHENTICATED = reasonOf('user-unauthenticated');

const GROUP_IDS: ListValueKind = {
  impossible(value) {
    if (typeof value !== 'string')
      return `ids of groups are text, and ${describeScalar(value)} is not; write it in quotes`;
    return GroupId.parse(value) === undefined ? `an id of a group has ${GroupId.expected}` : undefined;
  },
};

/** Holds if the ids of the caller's groups match. Never holds for a caller that is not in the directory. */
export const groups: CriterionKind = {
  name: 'groups',
  data: STRING_LIST,
  compile(data, problems) {
    const test = compileStringListMatcher(data, problems);
    if (test === undefined) return undefined;
    return ({ subject }) => {
      if (subject === undefined) return UNAUTHENTICATED;
      return subject.directoryUser !== undefined && test(subject.groups) ? OK : UNAUTHORIZED;
    };
  },
  unknowable: { part: 'directory', reasons: [OK.name, UNAUTHORIZED.name] },
  cost: () => 4,
  lint: (data, notes) => lintStringListMatcher(data, GROUP_IDS, notes),
};
