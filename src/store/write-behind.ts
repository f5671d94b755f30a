import { asError } from './as-error.ts';
import { wait } from './retry.ts';

export interface WriteBehindOptions {
  /** Milliseconds before a write, and between a failed write and the next attempt. */
  readonly interval: number;
  /** Whether anything waits to be written. */
  pending(): boolean;
  /** Writes what waits, and keeps what it could not write. Never runs twice at once. */
  write(): Promise<void>;
  /** Called with the first of consecutive failures. */
  onFault(fault: Error): void;
}

/** Writes in the background, in batches; callers do not wait. */
export interface WriteBehind {
  /** Schedules a write unless one is scheduled. */
  wake(): void;
  /** Writes what is left, once, and for a bounded time. */
  close(): Promise<void>;
}

/** Milliseconds for the last write, so that a hanging store does not prevent a stop. */
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
    // Set until now, so that `wake` does not start a second run.
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
