import { POLICY_REASONS, type PolicyReason } from './policy-reason-schema.ts';
import { type Reason, reasonOf } from './reason.ts';

/** The bits of a number. */
const WORD = 32;
/** The bits of the second word that a number holds exactly above the first. */
const EXACT = 21;

/** Lists that are kept, more than policies give in practice. Further lists are created on each call. */
const MAX_KEPT = 4096;
const kept = new Map<number | string, readonly PolicyReason[]>();

type Indexed = Pick<Reason, 'index'>;

/**
 * A set of reasons as bits by index, reused for each request without allocating. The first two words are fields, which is
 * faster than an array. Further words are in an array.
 */
export class ReasonSet {
  #low = 0;
  #high = 0;
  /** Undefined unless a reason past the first 64 is in the set. */
  #more: number[] | undefined;

  get isEmpty(): boolean {
    return (this.#low | this.#high) === 0 && this.#more === undefined;
  }

  has({ index }: Indexed): boolean {
    // A shift counts modulo 32.
    const bit = 1 << index;
    if (index < WORD) return (this.#low & bit) !== 0;
    if (index < 2 * WORD) return (this.#high & bit) !== 0;
    return ((this.#more?.[Math.floor(index / WORD) - 2] ?? 0) & bit) !== 0;
  }

  add({ index }: Indexed): void {
    if (index < WORD) this.#low |= 1 << index;
    else if (index < 2 * WORD) this.#high |= 1 << index;
    else this.#mergeMore(Math.floor(index / WORD) - 2, 1 << index);
  }

  addAll(others: ReasonSet): void {
    this.#low |= others.#low;
    this.#high |= others.#high;
    if (others.#more === undefined) return;
    for (const [at, word] of others.#more.entries()) this.#mergeMore(at, word);
  }

  clear(): void {
    this.#low = 0;
    this.#high = 0;
    this.#more = undefined;
  }

  /** In alphabetical order. Equal sets share one frozen list. */
  list(): readonly PolicyReason[] {
    const key =
      this.#high >>> EXACT === 0 && this.#more === undefined
        ? this.#high * 2 ** WORD + (this.#low >>> 0)
        : [this.#low, this.#high, ...(this.#more ?? [])].join();
    const known = kept.get(key);
    if (known !== undefined) return known;
    const list = Object.freeze(POLICY_REASONS.filter((name) => this.has(reasonOf(name))));
    if (kept.size < MAX_KEPT) kept.set(key, list);
    return list;
  }

  #mergeMore(at: number, word: number): void {
    this.#more ??= [];
    while (this.#more.length <= at) this.#more.push(0);
    this.#more[at] = (this.#more[at] ?? 0) | word;
  }
}
