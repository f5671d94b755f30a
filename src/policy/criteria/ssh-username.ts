import type { CriterionKind } from '../criterion.ts';
import { STRING } from '../criterion-data.ts';
import { lintStringMatcher, type TextKind } from '../lint/lint-string-matcher.ts';
import { ProblemList } from '../problem-list.ts';
import { reasonOf } from '../reason.ts';
import { compileStringMatcher } from '../string-matcher.ts';

const OK = reasonOf('ssh-username-ok');
const UNAUTHORIZED = reasonOf('ssh-username-unauthorized');

const USERNAMES: TextKind = { name: 'SSH user names' };
const NO_SSH = 'an HTTP request has the empty SSH user name';

/** The SSH user name of an HTTP request, as in Pomerium. */
export const NO_SSH_USERNAME = '';

/** Holds if the empty text matches, because an HTTP request has no SSH user name. */
export const sshUsername: CriterionKind = {
  name: 'ssh_username',
  data: STRING,
  compile(data, problems) {
    const test = compileStringMatcher(data, problems);
    if (test === undefined) return undefined;
    const reason = test(NO_SSH_USERNAME) ? OK : UNAUTHORIZED;
    return () => reason;
  },
  lint(data, notes) {
    lintStringMatcher(data, USERNAMES, notes);
    const isFit = compileStringMatcher(data, new ProblemList(undefined))?.(NO_SSH_USERNAME) === true;
    if (isFit) notes.fitsEverything(data, NO_SSH);
    else notes.neverHolds(data, NO_SSH);
  },
};
