import { OperationError } from '../contract/operation-error.ts';

export interface FairQueueSizes {
  readonly running: number;
  /** Jobs that wait for one holder; a holder has at most one that runs. */
  readonly waitingEach: number;
  /** Jobs that wait, of all holders. */
  readonly waiting: number;
}

interface Job {
  start(): void;
}

interface Line {
  running: boolean;
  readonly waiting: Job[];
}

const RETRY_AFTER_SECONDS = 2;

/** Runs a few jobs at a time, one per holder, and takes the holders in turns, so that one with many jobs does not keep the others waiting. */
export class FairQueue {
  readonly #sizes: FairQueueSizes;
  /** The first is the one that was served longest ago. */
  readonly #lines = new Map<string, Line>();
  #running = 0;
  #waiting = 0;

  constructor(sizes: FairQueueSizes) {
    this.#sizes = sizes;
  }

  /**
   * Runs the work when it is its turn. Rejects with `OperationError` if too many jobs wait, and skips the work if its client has
   * gone meanwhile.
   */
  async take<T>(holder: string, gone: AbortSignal, work: () => Promise<T>): Promise<T> {
    await this.#turn(holder, gone);
    try {
      return await work();
    } finally {
      this.#end(holder);
    }
  }

  #turn(holder: string, gone: AbortSignal): Promise<void> {
    if (gone.aborted) return Promise.reject(clientGone());
    const line = this.#lines.get(holder) ?? { running: false, waiting: [] };
    if (line.waiting.length >= this.#sizes.waitingEach || this.#waiting >= this.#sizes.waiting)
      return Promise.reject(
        new OperationError('too-many-requests', 'too many long-running requests: retry later', [], {
          retryAfter: RETRY_AFTER_SECONDS,
        }),
      );
    this.#lines.set(holder, line);
    return new Promise((resolve, reject) => {
      const leave = () => {
        line.waiting.splice(line.waiting.indexOf(job), 1);
        this.#waiting--;
        this.#drop(holder, line);
        reject(clientGone());
      };
      const job: Job = {
        start: () => {
          gone.removeEventListener('abort', leave);
          resolve();
        },
      };
      gone.addEventListener('abort', leave, { once: true });
      line.waiting.push(job);
      this.#waiting++;
      this.#next();
    });
  }

  #next(): void {
    if (this.#running >= this.#sizes.running) return;
    for (const line of this.#lines.values()) {
      const job = line.running ? undefined : line.waiting.shift();
      if (!job) continue;
      line.running = true;
      this.#waiting--;
      this.#running++;
      job.start();
      if (this.#running >= this.#sizes.running) return;
    }
  }

  #end(holder: string): void {
    this.#running--;
    const line = this.#lines.get(holder);
    this.#lines.delete(holder);
    if (line) {
      line.running = false;
      // Behind those who wait.
      if (line.waiting.length > 0) this.#lines.set(holder, line);
    }
    this.#next();
  }

  #drop(holder: string, line: Line): void {
    if (!line.running && line.waiting.length === 0) this.#lines.delete(holder);
  }
}

function clientGone(): OperationError {
  return new OperationError('too-many-requests', 'the client has gone');
}
