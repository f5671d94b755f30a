import type { ClaimValue } from '../../accounts/directory-schema.ts';
import { describeScalar } from '../../text/source-node.ts';
import type { CriterionKind } from '../criterion.ts';
import { STRING_LIST } from '../criterion-data.ts';
import { type ListValueKind, lintStringListMatcher } from '../lint/lint-string-list-matcher.ts';
import { ProblemList } from '../problem-list.ts';
import { reasonOf } from '../reason.ts';
import { compileStringListMatcher } from '../string-list-matcher.ts';

const OK = reasonOf('claim-ok');
const UNAUTHORIZED = reasonOf('claim-unauthorized');
const UNAUTHENTICATED = reasonOf('user-unauthenticated');
const NO_VALUES: readonly ClaimValue[] = [];

const CLAIM_VALUES: ListValueKind = {
  impossible: (value) => (value === null ? 'no value is given' : undefined),
  doubtful: (value) =>
    typeof value === 'string'
      ? undefined
      : `${describeScalar(value)} does not fit the text "${String(value)}": write it in quotes if the claim is text`,
};

/** `claim/<name>` holds if the caller's values of the claim match. A missing claim has no values. */
export const claim: CriterionKind = {
  name: 'claim',
  hasSubject: true,
  data: STRING_LIST,
  compile(data, problems, name) {
    if (name === '') return problems.add(data, 'expected the name of a claim, as in claim/department');
    const test = compileStringListMatcher(data, problems);
    if (test === undefined) return undefined;
    return ({ subject }) => {
      if (subject === undefined) return UNAUTHENTICATED;
      return test(subject.claims.get(name) ?? NO_VALUES) ? OK : UNAUTHORIZED;
    };
  },
  unknowable: { part: 'directory', reasons: [OK.name, UNAUTHORIZED.name] },
  cost: () => 4,
  lint(data, notes) {
    lintStringListMatcher(data, CLAIM_VALUES, notes);
    if (compileStringListMatcher(data, new ProblemList(undefined))?.(NO_VALUES) === true)
      notes.differs(data, 'there it also holds for a caller without a credential, here it does not');
  },
};
