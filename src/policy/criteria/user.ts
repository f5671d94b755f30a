import { UserId } from '../../accounts/user-id.ts';
import { lintStringMatcher, type TextKind } from '../lint/lint-string-matcher.ts';
import { defineSubjectCriterion } from '../subject-criterion.ts';

const USER_IDS: TextKind = {
  name: 'user IDs',
  // A part of a user ID is a user ID too, except for the empty text, which matches everything.
  impossible: (value) => (UserId.parse(value) === undefined ? `a user ID has ${UserId.expected}` : undefined),
};

/** Holds if the caller's user ID matches. */
export const user = defineSubjectCriterion(
  'user',
  ({ userId }) => userId,
  256,
  (data, notes) => lintStringMatcher(data, USER_IDS, notes),
);
