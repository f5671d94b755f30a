import { once } from 'node:events';
import type { Writable } from 'node:stream';

/** Writes lines with back-pressure. */
export interface LineWriter {
  /** Aborts if the reader closes the pipe, as with `| head`. */
  readonly signal: AbortSignal;
  write(line: string): Promise<void>;
}

export function createLineWriter(out: Writable): LineWriter {
  const ending = new AbortController();
  const { signal } = ending;
  const end = () => ending.abort();
  // An EPIPE without a listener, even one that comes after the last line, would end the process with a stack trace.
  out.on('error', end);
  return {
    signal,
    async write(line) {
      if (signal.aborted || out.write(`${line}\n`)) return;
      await once(out, 'drain', { signal }).catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
    },
  };
}
