import type { CriterionKind } from '../criterion.ts';
import { IGNORED } from '../criterion-data.ts';
import { reasonOf } from '../reason.ts';

const ACCEPTED = reasonOf('accept');

/** Always holds. */
export const accept: CriterionKind = { name: 'accept', data: IGNORED, compile: () => () => ACCEPTED };
