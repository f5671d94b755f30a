import { Refused } from './problem.ts';

/** Lets a few run at once and a few more wait; the others are refused, so that costly work never piles up. */
export class Turns {
  readonly #waiting: (() => void)[] = [];
  readonly #maxWaiting: number;
  #free: number;

  constructor({ running, waiting }: { readonly running: number; readonly waiting: number }) {
    this.#free = running;
    this.#maxWaiting = waiting;
  }

  /** Rejects with `Refused` where too many wait already. */
  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else if (this.#waiting.length < this.#maxWaiting)
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else throw new Refused('too-many-requests', 'others are being answered that take long: try again');
    try {
      return await work();
    } finally {
      // Whoever is next takes this place over, so that nobody who comes meanwhile gets it.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    }
  }
}
