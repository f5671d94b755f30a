import type { CriterionKind } from '../criterion.ts';
import { IGNORED } from '../criterion-data.ts';
import { reasonOf } from '../reason.ts';

const REJECTED = reasonOf('reject');

/** Never holds. */
export const reject: CriterionKind = {
  name: 'reject',
  data: IGNORED,
  neverHolds: true,
  compile: () => () => REJECTED,
};
