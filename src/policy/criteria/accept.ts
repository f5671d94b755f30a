import type { CriterionKind } from '../criterion.ts';
import { reasonBit } from '../reason-set.ts';

const ACCEPTED = reasonBit('accept');

/** Always holds. */
export const accept: CriterionKind = { name: 'accept', data: 'ignored', compile: () => () => ACCEPTED };
