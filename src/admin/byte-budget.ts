/** A share of a `ByteBudget`. */
export interface Lease {
  /** Asks for another size. Returns false, and keeps the old size, if the budget does not allow it. */
  resize(bytes: number): boolean;
  /** Gives the bytes back; calling it again has no effect. */
  release(): void;
}

export interface ByteBudgetSizes {
  readonly total: number;
  /** The most that one holder has at a time. */
  readonly each: number;
  /** Kept free for leases of at most `small` bytes, so that large ones do not lock out the others. */
  readonly reserve: number;
  readonly small: number;
}

/** Bounds the memory that bodies take, over all requests in flight. */
export class ByteBudget {
  readonly #sizes: ByteBudgetSizes;
  readonly #held = new Map<string, number>();
  #taken = 0;

  constructor(sizes: ByteBudgetSizes) {
    this.#sizes = sizes;
  }

  /** Bytes that are leased. */
  get taken(): number {
    return this.#taken;
  }

  /** Undefined if the budget does not allow it. */
  lease(holder: string, bytes: number): Lease | undefined {
    if (!this.#allows(holder, bytes, bytes)) return undefined;
    this.#add(holder, bytes);
    let size = bytes;
    let released = false;
    return {
      resize: (next) => {
        if (released || !this.#allows(holder, next - size, next)) return false;
        this.#add(holder, next - size);
        size = next;
        return true;
      },
      release: () => {
        if (released) return;
        released = true;
        this.#add(holder, -size);
      },
    };
  }

  #allows(holder: string, more: number, size: number): boolean {
    if (more <= 0) return true;
    const { total, each, reserve, small } = this.#sizes;
    const available = size <= small ? total : total - reserve;
    return this.#taken + more <= available && (this.#held.get(holder) ?? 0) + more <= each;
  }

  #add(holder: string, bytes: number): void {
    this.#taken += bytes;
    const held = (this.#held.get(holder) ?? 0) + bytes;
    if (held === 0) this.#held.delete(holder);
    else this.#held.set(holder, held);
  }
}
