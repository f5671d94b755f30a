import type { CriterionKind } from '../criterion.ts';
import { IGNORED } from '../criterion-data.ts';
import { reasonOf } from '../reason.ts';

const OK = reasonOf('user-ok');
const UNAUTHENTICATED = reasonOf('user-unauthenticated');

/** Holds for every authenticated caller. */
export const authenticatedUser: CriterionKind = {
  name: 'authenticated_user',
  data: IGNORED,
  compile: () => (input) => (input.subject === undefined ? UNAUTHENTICATED : OK),
};
