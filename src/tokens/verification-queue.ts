/** Too many tokens wait for verification. A fault and not a refusal, because the token may be valid. */
export class VerificationOverloaded extends Error {
  override readonly name = 'VerificationOverloaded';
  constructor() {
    super('too many tokens wait for verification');
  }
}

export interface VerificationQueueOptions {
  /** Signatures checked at once. */
  readonly concurrency: number;
  /** The most tokens that wait. */
  readonly capacity: number;
  /** The most tokens that wait for one claimed account. */
  readonly laneCapacity: number;
}

type Start = () => void;

/**
 * Bounds signature checks. Serves lanes (the account that a token claims) in turn, so that many invalid tokens for one
 * account do not delay a token of another.
 */
export class VerificationQueue {
  readonly #options: VerificationQueueOptions;
  /** Lanes with waiting tokens, in the order of their turns. */
  readonly #lanes = new Map<string, Start[]>();
  #running = 0;
  #waiting = 0;

  constructor(options: VerificationQueueOptions) {
    this.#options = options;
  }

  /** Rejects with `VerificationOverloaded` if the queue or the lane is full. */
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
