import { asError } from './as-error.ts';
import { wait } from './retry.ts';

export interface WriteBehindOptions {
  /** Milliseconds from the first thing that waits to its write, and from a write that failed to the next attempt. */
  readonly interval: number;
  /** Whether anything waits to be written. */
  pending(): boolean;
  /** Writes what waits, and keeps what it could not write. Never runs twice at once. */
  write(): Promise<void>;
  /** Told of the first failure in a row. */
  onFault(fault: Error): void;
}

/** Writes in the background, in batches, so that nobody who has something to write waits for it. */
export interface WriteBehind {
  /** Something waits; costs next to nothing where it was said before. */
  wake(): void;
  /** Writes what is left, once, and for a bounded time. */
  close(): Promise<void>;
}

/** Milliseconds that the last write may take: stopping must not hang on a store that does. */
const CLOSE_TIMEOUT = 2000;

export function createWriteBehind({ interval, pending, write, onFault }: WriteBehindOptions): WriteBehind {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let failing = false;
  let closed = false;

  const attempt = async () => {
    try {
      await write();
      failing = false;
    } catch (error) {
      if (!failing) onFault(asError(error));
      failing = true;
    }
  };
  const run = async () => {
    running = attempt();
    await running;
    // Set until now, so that whoever wakes meanwhile starts no second one.
    timer = undefined;
    if (pending()) wake();
  };
  const wake = () => {
    if (!closed) timer ??= setTimeout(() => void run(), interval).unref();
  };
  const finish = async () => {
    await running;
    if (pending()) await attempt();
  };

  return {
    wake,
    async close() {
      if (closed) return;
      closed = true;
      clearTimeout(timer);
      const stopping = new AbortController();
      await Promise.race([finish(), wait(CLOSE_TIMEOUT, stopping.signal)]);
      stopping.abort();
    },
  };
}
