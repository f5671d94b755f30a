import { rename, stat } from 'node:fs/promises';
import { linkUnlessTaken, placeFile } from '../files/place-file.ts';
import { systemErrorCode } from '../files/system-error-code.ts';
import { BackupError } from '../store/backup.ts';

/**
 * Writes a file (mode 0600) that is either whole, on disk and under its name, or not there. Never replaces another file
 * unless `force` says so. Rejects with `BackupError`, or the file system's own error.
 */
export async function writePrivateFile(
  file: string,
  chunks: Iterable<string>,
  force: boolean,
): Promise<void> {
  // Asked at the start, so that a long backup does not end with this refusal.
  if (!force && (await exists(file))) throw alreadyThere(file);
  try {
    await placeFile(file, chunks, 0o600, (temporary) =>
      force ? rename(temporary, file) : placeNew(temporary, file),
    );
  } catch (error) {
    throw ['ENOSPC', 'EDQUOT'].includes(systemErrorCode(error) ?? '')
      ? new BackupError(`the disk is full: ${file} was not made; free some space, or choose another disk`, {
          cause: error,
        })
      : error;
  }
}

/** Fails if the name was taken meanwhile. */
async function placeNew(temporary: string, file: string): Promise<void> {
  const linked = await linkUnlessTaken(temporary, file).catch(() => undefined);
  if (linked === true) return;
  // On a file system without links, the file of another process could be replaced between these two calls.
  if (linked === false || (await exists(file))) throw alreadyThere(file);
  await rename(temporary, file);
}

async function exists(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

function alreadyThere(file: string): BackupError {
  return new BackupError(`${file} is there already: choose another name, or add --force to replace it`);
}
