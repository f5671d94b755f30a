import { spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * V8 reads these flags when a process starts. `bin/sallyport.js` and deploy/Dockerfile start the program with them, and
 * processes that it starts inherit them.
 * - The heap grows to 110 MiB before the first major collection, because each collection takes time.
 * - Then it grows to a quarter more than needed; V8's default is several times as much. Full caches stay within the memory
 *   limit.
 * - The control plane collects garbage between two large requests.
 */
export const V8_FLAGS = ['--initial-old-space-size=110', '--heap-growing-percent=25', '--expose-gc'] as const;

export function hasV8Flags(): boolean {
  return V8_FLAGS.every((flag) => process.execArgv.includes(flag));
}

/** Runs this program again with the flags, for a start such as `node dist/main.js serve`. Resolves with its exit code. */
export async function runWithV8Flags(): Promise<number> {
  const child = spawn(process.execPath, [...V8_FLAGS, ...process.execArgv, ...process.argv.slice(1)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    // In a process group of its own: a terminal signals this process, which passes each signal on once.
    detached: true,
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => child.kill(signal));
  // Until the program has started SIGHUP would end it, and it reads its files anyway.
  let started = false;
  child.once('message', () => {
    started = true;
  });
  process.on('SIGHUP', () => started && child.kill('SIGHUP'));
  const [code] = await once(child, 'exit');
  // A process that a signal ended has no code.
  return typeof code === 'number' ? code : 1;
}

/** In the process that `runWithV8Flags` started: takes its signals from now on, and stops if that process ends. */
export function followParent(): void {
  if (!process.channel) return;
  process.on('SIGHUP', () => undefined);
  process.send?.('started');
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  process.channel.unref();
}

/** Collects all garbage at once, in a process that was started with the flags. */
export function collectGarbage(): void {
  globalThis.gc?.();
}
