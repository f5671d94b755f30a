import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

export interface Writer {
  readonly process: ChildProcess;
  /** The ids whose commits were acknowledged to it. */
  readonly acknowledged: string[];
  /** Resolves once so many were. */
  reached(count: number): Promise<void>;
  /** Resolves when it is gone. */
  readonly ended: Promise<{ status: string | number; stderr: string }>;
}

const SCRIPT = fileURLToPath(new URL('writer.ts', import.meta.url));

/** Starts `writer.ts`. `fileBlocks`: how long its files may get, in blocks of 512 bytes. */
export function forkWriter(path: string, options: { count?: number; fileBlocks?: number } = {}): Writer {
  const { count, fileBlocks = 'unlimited' } = options;
  const command = ['--import', 'tsx', SCRIPT, path, ...(count === undefined ? [] : [`${count}`])];
  const child = spawn(
    'sh',
    ['-c', `ulimit -f ${fileBlocks}; exec "$@"`, 'sh', process.execPath, ...command],
    {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    },
  );
  const acknowledged: string[] = [];
  child.on('message', (id) => acknowledged.push(String(id)));
  const stderr = child.stderr ? text(child.stderr) : Promise.resolve('');
  const ended = once(child, 'close').then(async ([code, signal]) => ({
    status: signal === null ? Number(code) : String(signal),
    stderr: await stderr,
  }));
  return {
    process: child,
    acknowledged,
    async reached(wanted) {
      while (acknowledged.length < wanted) {
        const more = await Promise.race([once(child, 'message').then(() => true), ended.then(() => false)]);
        if (!more && acknowledged.length < wanted)
          throw new Error(`the writer ended after ${acknowledged.length} commits`);
      }
    },
    ended,
  };
}
