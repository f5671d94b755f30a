import { lintStringMatcher, type TextKind } from '../lint/lint-string-matcher.ts';
import { defineSubjectCriterion } from '../subject-criterion.ts';

const DOMAINS: TextKind = {
  name: 'domains',
  impossible: (value) => (value.includes('@') ? 'the domain is what follows the @' : undefined),
  doubtful: (value) =>
    value === value.toLowerCase()
      ? undefined
      : 'letter case counts: the domain must be written so in the directory',
};

/** Holds if the domain of the caller's email matches. Never holds without a domain, not even with `not`. */
export const domain = defineSubjectCriterion(
  'domain',
  ({ email }) => domainOf(email),
  320,
  (data, notes) => lintStringMatcher(data, DOMAINS, notes),
);

/** The text between the first @ and the next one, as in Pomerium. */
function domainOf(email: string): string | undefined {
  const start = email.indexOf('@') + 1;
  if (start === 0) return undefined;
  const end = email.indexOf('@', start);
  return end === -1 ? email.slice(start) : email.slice(start, end);
}
