import { open, readFile, unlink } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { systemErrorCode } from '../files/system-error-code.ts';
import { KeyFileError, keyFileFault } from './key-file-error.ts';

const LOOK_AGAIN_MS = 20;

/**
 * Runs work while no other process, and nothing else in this one, works on the same file. Waits `patience` milliseconds for
 * others. Throws `KeyFileError` if they take longer, or were killed and left their lock behind.
 *
 * Not `proper-lockfile`: it takes a lock by its age, so a holder that was suspended, or two that find the same old lock,
 * work at once (seen in 1 of 25 rounds of six processes), and a lost update here is a lost key.
 */
export async function withFileLock<T>(path: string, work: () => Promise<T>, patience = 10_000): Promise<T> {
  const lock = `${path}.lock`;
  const deadline = performance.now() + patience;
  while (!(await takeLock(path, lock))) {
    if (performance.now() > deadline) {
      const holder = await readFile(lock, 'utf8').catch(() => '');
      throw new KeyFileError(
        path,
        `is being changed by another process${/^\d+$/.test(holder) ? ` (${holder})` : ''}; where that is gone, remove ${lock} and try again`,
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
