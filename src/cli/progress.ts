import type { Writable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import type { ProgressStage, ReportProgress } from '../manifests/report-progress.ts';
import { isTerminal } from './output.ts';

/** A line on a terminal that says how far long work is; nothing if standard error is no terminal. */
export interface Progress {
  /** Throws once the work was called off. */
  readonly report: ReportProgress;
  /** Takes the line away. */
  clear(): void;
}

const INTERVAL_MS = 100;
const WORDS: Readonly<Record<Exclude<ProgressStage, 'write'>, string>> = {
  read: 'reading',
  check: 'checking',
};

export function createProgress(stderr: Writable, signal: AbortSignal): Progress {
  const shows = isTerminal(stderr);
  let shown = false;
  let last = performance.now();
  const show = (line: string) => {
    if (!shows) return;
    stderr.write(`\r\x1b[K${line}`);
    shown = true;
  };
  return {
    async report(stage, done, total) {
      if (stage === 'write') {
        signal.throwIfAborted();
        return show(`writing ${total} records …`);
      }
      const now = performance.now();
      if (now - last < INTERVAL_MS) return;
      last = now;
      show(`${WORDS[stage]} … ${Math.floor((100 * done) / Math.max(total, 1))} %`);
      // Signals arrive between turns of the event loop only.
      await setImmediate();
      signal.throwIfAborted();
    },
    clear() {
      if (shown) stderr.write('\r\x1b[K');
    },
  };
}
