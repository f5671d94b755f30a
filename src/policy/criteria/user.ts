import { UserId } from '../../accounts/user-id.ts';
import { lintStringMatcher, type TextKind } from '../lint/lint-string-matcher.ts';
import { defineSubjectCriterion } from '../subject-criterion.ts';

const USER_IDS: TextKind = {
  name: 'user IDs',
  // A part of a user ID is one, too, but for the empty one, which fits everything.
  impossible: (value) => (UserId.parse(value) === undefined ? `a user ID has ${UserId.expected}` : undefined),
};

/** Holds if the caller's user ID fits. */
export const user = defineSubjectCriterion(
  'user',
  ({ userId }) => userId,
  256,
  (data, notes) => lintStringMatcher(data, USER_IDS, notes),
);
