import { open, readFile, unlink } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { systemErrorCode } from '../files/system-error-code.ts';
import { KeyFileError, keyFileFault } from './key-file-error.ts';

const LOOK_AGAIN_MS = 20;

/**
 * Runs work under an exclusive lock on a file. Waits `patience` milliseconds for the lock. Throws `KeyFileError` if another
 * holder takes longer, or was killed and left its lock behind.
 *
 * `proper-lockfile` breaks locks by their age, so a suspended holder, or two processes that find the same old lock, work
 * at once (seen in 1 of 25 rounds of six processes). A lost update here is a lost key.
 */
export async function withFileLock<T>(path: string, work: () => Promise<T>, patience = 10_000): Promise<T> {
  const lock = `${path}.lock`;
  const deadline = performance.now() + patience;
  while (!(await takeLock(path, lock))) {
    if (performance.now() > deadline) {
      const holder = await readFile(lock, 'utf8').catch(() => '');
      throw new KeyFileError(
        path,
        `is being changed by another process${/^\d+$/.test(holder) ? ` (${holder})` : ''}; if it no longer runs, remove ${lock} and retry`,
      );
    }
    await setTimeout(LOOK_AGAIN_MS);
  }
  try {
    return await work();
  } finally {
    await unlink(lock);
  }
}

async function takeLock(path: string, lock: string): Promise<boolean> {
  try {
    const file = await open(lock, 'wx', 0o600);
    await file.writeFile(String(process.pid)).finally(() => file.close());
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return false;
    throw keyFileFault(path, "its folder can't be written to", error);
  }
}
