import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runToEnd } from './run-to-end.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** What a clone of this checkout would hold, with what is not committed yet, and nothing that git ignores. */
export function copyCheckout(folder: string): void {
  const listed = runToEnd(['git', 'ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
  });
  for (const name of listed.split('\0'))
    if (name !== '' && existsSync(join(ROOT, name))) cpSync(join(ROOT, name), join(folder, name));
}
