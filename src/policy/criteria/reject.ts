import type { CriterionKind } from '../criterion.ts';
import { reasonOf } from '../reason.ts';

const REJECTED = reasonOf('reject');

/** Never holds. */
export const reject: CriterionKind = { name: 'reject', data: 'ignored', compile: () => () => REJECTED };
