import { defineSubjectCriterion } from '../subject-criterion.ts';

/** Holds where the caller's email fits; a caller without one has the empty text. */
export const email = defineSubjectCriterion('email', ({ email }) => email);
