import { defineSubjectCriterion } from '../subject-criterion.ts';

/** Holds where the caller's user ID fits. */
export const user = defineSubjectCriterion('user', ({ userId }) => userId);
