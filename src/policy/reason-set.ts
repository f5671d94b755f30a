import { POLICY_REASONS, type PolicyReason } from './reason.ts';

/** A set of reasons as the bits of one integer, so that merging is `|`. There may be any number of reasons. */
export type ReasonSet = bigint;

export const NO_REASONS: ReasonSet = 0n;

/** The set of one reason. */
export function reasonBit(reason: PolicyReason): ReasonSet {
  return 1n << BigInt(POLICY_REASONS.indexOf(reason));
}

/** More sets than policies give in practice; past that, lists are made anew rather than kept. */
const MAX_KEPT = 4096;
const kept = new Map<ReasonSet, readonly PolicyReason[]>();

/** The reasons of a set in their fixed order; the same frozen list each time. */
export function reasonsOf(set: ReasonSet): readonly PolicyReason[] {
  const known = kept.get(set);
  if (known !== undefined) return known;
  const reasons = Object.freeze(
    POLICY_REASONS.filter((_, index) => (set & (1n << BigInt(index))) !== NO_REASONS),
  );
  if (kept.size < MAX_KEPT) kept.set(set, reasons);
  return reasons;
}
