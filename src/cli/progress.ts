import type { Writable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import type { ProgressStage, ReportProgress } from '../manifests/report-progress.ts';
import { isTerminal } from './output.ts';

/** A line on a terminal that says how far long work is; nothing where nobody watches. */
export interface Progress {
  readonly pace: ReportProgress;
  /** Before a commit. Throws where the work was called off. */
  writing(count: number): void;
  /** Takes the line away. */
  clear(): void;
}

const INTERVAL_MS = 100;
const WORDS: Readonly<Record<ProgressStage, string>> = { read: 'reading', check: 'checking' };

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
    async pace(stage, done, total) {
      const now = performance.now();
      if (now - last < INTERVAL_MS) return;
      last = now;
      show(`${WORDS[stage]} … ${Math.floor((100 * done) / Math.max(total, 1))} %`);
      // Signals arrive between turns of the event loop only.
      await setImmediate();
      signal.throwIfAborted();
    },
    writing(count) {
      signal.throwIfAborted();
      show(`writing ${count} records …`);
    },
    clear() {
      if (shown) stderr.write('\r\x1b[K');
    },
  };
}
