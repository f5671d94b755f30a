/** Too many tokens wait for their signature to be checked. Says nothing about the token: a fault, not a refusal. */
export class VerificationOverloaded extends Error {
  override readonly name = 'VerificationOverloaded';
  constructor() {
    super('too many tokens wait to be verified');
  }
}

export interface VerificationQueueOptions {
  /** Signatures checked at once. */
  readonly concurrency: number;
  /** Tokens that wait, over all. */
  readonly capacity: number;
  /** Tokens that wait for one claimed account. */
  readonly laneCapacity: number;
}

type Start = () => void;

/**
 * Bounds the work that strangers can make us do. Whoever waits is served in turns by lane (the account that the token
 * claims), so that many bad tokens for one account do not hold up a new token of another.
 */
export class VerificationQueue {
  readonly #options: VerificationQueueOptions;
  /** In the order of their turns; a lane that nobody waits in is not kept. */
  readonly #lanes = new Map<string, Start[]>();
  #running = 0;
  #waiting = 0;

  constructor(options: VerificationQueueOptions) {
    this.#options = options;
  }

  /** Rejects with `VerificationOverloaded` if there is no room. */
  run<T>(lane: string, work: () => Promise<T>): Promise<T> {
    if (this.#running < this.#options.concurrency) return this.#perform(work);
    const waiting = this.#lanes.get(lane);
    if (this.#waiting >= this.#options.capacity || (waiting?.length ?? 0) >= this.#options.laneCapacity)
      return Promise.reject(new VerificationOverloaded());
    return new Promise((resolve) => {
      const start = () => resolve(this.#perform(work));
      if (waiting === undefined) this.#lanes.set(lane, [start]);
      else waiting.push(start);
      this.#waiting += 1;
    });
  }

  async #perform<T>(work: () => Promise<T>): Promise<T> {
    this.#running += 1;
    try {
      return await work();
    } finally {
      this.#running -= 1;
      this.#startNext();
    }
  }

  #startNext(): void {
    for (const [lane, waiting] of this.#lanes) {
      this.#lanes.delete(lane);
      const start = waiting.shift();
      if (waiting.length > 0) this.#lanes.set(lane, waiting);
      if (start === undefined) continue;
      this.#waiting -= 1;
      start();
      return;
    }
  }
}
