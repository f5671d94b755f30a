import { defineSubjectCriterion } from '../subject-criterion.ts';

/** Holds where the domain of the caller's email fits; never without one, not even where `not` is asked. */
export const domain = defineSubjectCriterion('domain', ({ email }) => domainOf(email));

/** What stands between the first @ and the next one, as Pomerium takes it. */
function domainOf(email: string): string | undefined {
  const start = email.indexOf('@') + 1;
  if (start === 0) return undefined;
  const end = email.indexOf('@', start);
  return end === -1 ? email.slice(start) : email.slice(start, end);
}
