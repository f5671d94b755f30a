import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('side-writer.ts', import.meta.url));

/** Starts `side-writer.ts`; resolves to its exit code. */
export async function forkSideWriter(path: string, count: number): Promise<unknown> {
  const child = spawn(process.execPath, ['--import', 'tsx', SCRIPT, path, String(count)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code]: unknown[] = await once(child, 'close');
  return code;
}
