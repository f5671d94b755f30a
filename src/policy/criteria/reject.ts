import type { CriterionKind } from '../criterion.ts';
import { reasonBit } from '../reason-set.ts';

const REJECTED = reasonBit('reject');

/** Never holds. */
export const reject: CriterionKind = { name: 'reject', data: 'ignored', compile: () => () => REJECTED };
