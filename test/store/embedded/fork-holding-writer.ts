import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('holding-writer.ts', import.meta.url));

/** Starts `holding-writer.ts`, which holds the write lock of the records until it is killed. */
export function forkHoldingWriter(path: string): {
  readonly process: ChildProcess;
  readonly holds: Promise<unknown>;
  readonly ended: Promise<unknown>;
} {
  const child = spawn(process.execPath, ['--import', 'tsx', SCRIPT, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return { process: child, holds: once(child.stdout, 'data'), ended: once(child, 'close') };
}
