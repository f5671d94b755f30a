import { readdirSync, writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';

/** The nice value of the control plane: Checks come first on a busy machine. */
const NICE = 10;
/** With it the kernel ends this process before any other that is short of memory. */
const OOM_SCORE = '1000';

/**
 * Lets everything else on the machine go first, the sidecar above all. On Linux a priority belongs to a thread, and those that
 * start later inherit it. A system that allows neither is no reason not to serve.
 */
export function yieldToChecks(): void {
  for (const thread of threads()) attempt(() => setPriority(thread, NICE));
  attempt(() => writeFileSync('/proc/self/oom_score_adj', OOM_SCORE));
}

function threads(): number[] {
  try {
    return readdirSync('/proc/self/task').map(Number);
  } catch {
    return [process.pid];
  }
}

function attempt(work: () => void): void {
  try {
    work();
  } catch {
    // Such as a thread that has ended meanwhile, or another system than Linux.
  }
}
