import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('../store/embedded/side-writer.ts', import.meta.url));

interface SideWriterOptions {
  /** A program, with its arguments, that starts it. */
  readonly launcher?: readonly string[];
  /** Told of what it writes to standard error, instead of showing it. */
  readonly onError?: (text: string) => void;
}

/** Starts `side-writer.ts`; resolves to its exit code, or null where a signal ended it. */
export async function forkSideWriter(
  path: string,
  count: number,
  { launcher = [], onError }: SideWriterOptions = {},
): Promise<unknown> {
  const node = [process.execPath, '--import', import.meta.resolve('tsx'), SCRIPT, path, String(count)];
  const [program = '', ...args] = [...launcher, ...node];
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', onError ? 'pipe' : 'inherit'] });
  child.stderr?.on('data', (chunk: Buffer) => onError?.(chunk.toString()));
  const [code]: unknown[] = await once(child, 'close');
  return code;
}
