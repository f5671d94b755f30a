import { readdirSync, writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';

/** The nice value of the control plane: Checks come first on a busy machine. */
const NICE = 10;
/** Out of memory, the kernel ends the process with this score first. */
const OOM_SCORE = '1000';

/**
 * Lowers the priority of this process below that of the sidecar. On Linux a priority belongs to a thread, and later threads
 * inherit it. If the system refuses, the process serves all the same.
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
