import { POLICY_REASONS, type PolicyReason } from './policy-reason-schema.ts';
import { type Reason, reasonOf } from './reason.ts';

/** The bits of a number. */
const WORD = 32;

/** More sets than policies give in practice; past that, lists are made anew rather than kept. */
const MAX_KEPT = 4096;
const kept = new Map<number, readonly PolicyReason[]>();

/**
 * Reasons collected for one request after the other, without allocating: a bit for each, in two words. A number has a
 * name for each set of up to 53 reasons.
 */
export class ReasonSet {
  #low = 0;
  #high = 0;

  get isEmpty(): boolean {
    return (this.#low | this.#high) === 0;
  }

  has({ index }: Reason): boolean {
    // A shift counts modulo 32.
    return ((index < WORD ? this.#low : this.#high) & (1 << index)) !== 0;
  }

  add({ index }: Reason): void {
    if (index < WORD) this.#low |= 1 << index;
    else this.#high |= 1 << index;
  }

  addAll(others: ReasonSet): void {
    this.#low |= others.#low;
    this.#high |= others.#high;
  }

  clear(): void {
    this.#low = 0;
    this.#high = 0;
  }

  /** In their fixed order; the same frozen list each time. */
  list(): readonly PolicyReason[] {
    const key = (this.#high >>> 0) * 2 ** WORD + (this.#low >>> 0);
    const known = kept.get(key);
    if (known !== undefined) return known;
    const list = Object.freeze(POLICY_REASONS.filter((name) => this.has(reasonOf(name))));
    if (kept.size < MAX_KEPT) kept.set(key, list);
    return list;
  }
}
