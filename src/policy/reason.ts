import { PASSING_REASONS, POLICY_REASONS, type PolicyReason } from './policy-reason-schema.ts';

/** The result of a criterion for a request. */
export interface Reason {
  readonly name: PolicyReason;
  /** Whether a criterion with this reason holds. */
  readonly holds: boolean;
  /** Its position in `POLICY_REASONS`. */
  readonly index: number;
}

const REASONS: ReadonlyMap<PolicyReason, Reason> = new Map(
  POLICY_REASONS.map((name, index) => [name, { name, index, holds: PASSING_REASONS.has(name) }]),
);

if (REASONS.size < POLICY_REASONS.length) throw new Error('a reason is listed twice');

/** The one of that name. */
export function reasonOf(name: PolicyReason): Reason {
  const reason = REASONS.get(name);
  if (reason === undefined) throw new Error(`no reason is named ${name}`);
  return reason;
}
