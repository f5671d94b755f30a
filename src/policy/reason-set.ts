import { POLICY_REASONS, type PolicyReason } from './policy-reason-schema.ts';

/** The bits of a number. */
const WORD = 32;

/** More sets than policies give in practice; past that, lists are made anew rather than kept. */
const MAX_KEPT = 4096;

/** Names in their fixed order, as many as there are, and the lists that sets of them gave before. */
export class ReasonNames<Name extends string> {
  readonly all: readonly Name[];
  readonly #kept = new Map<number, Map<number, readonly Name[]>>();
  #count = 0;

  /** Throws if a name is there twice: it would have two bits. */
  constructor(names: readonly Name[]) {
    const repeated = names.find((name, index) => names.indexOf(name) !== index);
    if (repeated !== undefined) throw new Error(`two reasons are named ${repeated}`);
    this.all = names;
  }

  /** The same frozen list each time. */
  list(low: number, high: number, has: (index: number) => boolean): readonly Name[] {
    const known = this.#kept.get(high)?.get(low);
    if (known !== undefined) return known;
    const list = Object.freeze(this.all.filter((_, index) => has(index)));
    if (this.#count >= MAX_KEPT) return list;
    this.#count++;
    const kept = this.#kept.get(high) ?? new Map<number, readonly Name[]>();
    this.#kept.set(high, kept.set(low, list));
    return list;
  }
}

export const POLICY_REASON_NAMES = new ReasonNames<PolicyReason>(POLICY_REASONS);

/**
 * Reasons collected for one request after the other, without allocating: a bit for each, by its index. Two words are
 * fields, which is faster than an array; further words follow in one.
 */
export class ReasonSet<Name extends string = PolicyReason> {
  readonly #names: ReasonNames<Name>;
  #low = 0;
  #high = 0;
  /** Undefined until a reason past the first 64 is added. */
  #more: number[] | undefined;

  constructor(names: ReasonNames<Name>) {
    this.#names = names;
  }

  get isEmpty(): boolean {
    return (this.#low | this.#high) === 0 && (this.#more === undefined || this.#more.every(isZero));
  }

  has({ index }: { readonly index: number }): boolean {
    // A shift counts modulo 32.
    return (this.#word(index) & (1 << index)) !== 0;
  }

  add({ index }: { readonly index: number }): void {
    if (index < WORD) this.#low |= 1 << index;
    else if (index < 2 * WORD) this.#high |= 1 << index;
    else this.#addToMore(index);
  }

  addAll(others: ReasonSet<Name>): void {
    this.#low |= others.#low;
    this.#high |= others.#high;
    if (others.#more === undefined) return;
    this.#more ??= [];
    for (const [at, word] of others.#more.entries()) this.#more[at] = (this.#more[at] ?? 0) | word;
  }

  clear(): void {
    this.#low = 0;
    this.#high = 0;
    this.#more = undefined;
  }

  /** In their fixed order; frozen, and the same list each time unless a reason past the first 64 is among them. */
  list(): readonly Name[] {
    const has = (index: number) => this.has({ index });
    if (this.#more === undefined) return this.#names.list(this.#low, this.#high, has);
    return Object.freeze(this.#names.all.filter((_, index) => has(index)));
  }

  #word(index: number): number {
    if (index < WORD) return this.#low;
    return index < 2 * WORD ? this.#high : (this.#more?.[Math.floor(index / WORD) - 2] ?? 0);
  }

  #addToMore(index: number): void {
    this.#more ??= [];
    const words = this.#more;
    const at = Math.floor(index / WORD) - 2;
    while (words.length <= at) words.push(0);
    words[at] = (words[at] ?? 0) | (1 << index);
  }
}

function isZero(word: number): boolean {
  return word === 0;
}
