import type { CriterionKind } from '../criterion.ts';
import { reasonBit } from '../reason-set.ts';

const OK = reasonBit('user-ok');
const UNAUTHENTICATED = reasonBit('user-unauthenticated');

/** Holds for any caller that is known. */
export const authenticatedUser: CriterionKind = {
  name: 'authenticated_user',
  data: 'ignored',
  compile: () => (input) => (input.subject === undefined ? UNAUTHENTICATED : OK),
};
