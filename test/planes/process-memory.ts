import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

/** Bytes of memory that a process has now, and has had at most since `forgetPeak`; proc(5). Undefined once it is gone. */
export function memoryOf(pid: number): { readonly resident: number; readonly peak: number } | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const read = (name: string) =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? Number.NaN) * 1024;
    const memory = { resident: read('VmRSS'), peak: read('VmHWM') };
    return Number.isFinite(memory.resident + memory.peak) ? memory : undefined;
  } catch {
    return undefined;
  }
}

/** Has the kernel count the peak from now on. */
export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

/** A process and all that it has started and that still runs, with what those have started. */
export function processTree(pid: number): number[] {
  return [pid, ...childrenOf(pid).flatMap(processTree)];
}

/** The processes that a process has started and that still run (Linux). */
function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
    );
  } catch {
    // It ended meanwhile.
    return [];
  }
}
