import { lintStringMatcher, type TextKind } from '../lint/lint-string-matcher.ts';
import { ProblemList } from '../problem-list.ts';
import { compileStringMatcher } from '../string-matcher.ts';
import { defineSubjectCriterion } from '../subject-criterion.ts';

const EMAILS: TextKind = {
  name: 'emails',
  doubtful(value, part) {
    if (part === 'whole' && value !== '' && !value.includes('@'))
      return 'emails have an @; to match what follows it, use domain';
    return value === value.toLowerCase()
      ? undefined
      : 'letter case counts: the email must be written so in the directory';
  },
};

/** Holds if the caller's email matches. Without an email, the empty text is compared. */
export const email = defineSubjectCriterion(
  'email',
  ({ email }) => email,
  320,
  (data, notes) => {
    lintStringMatcher(data, EMAILS, notes);
    if (compileStringMatcher(data, new ProblemList(undefined))?.('') === true)
      notes.differs(data, 'there it also holds for a caller without a credential, here it does not');
  },
);
