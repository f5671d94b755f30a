import type { CriterionKind } from '../criterion.ts';
import { reasonOf } from '../reason.ts';

const ACCEPTED = reasonOf('accept');

/** Always holds. */
export const accept: CriterionKind = { name: 'accept', data: 'ignored', compile: () => () => ACCEPTED };
