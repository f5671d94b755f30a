import { type FileHandle, link, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemErrorCode } from '../files/system-error-code.ts';
import { BackupError } from '../store/backup.ts';

/**
 * Writes a file (mode 0600) that is either whole, on disk and under its name, or not there: it is written beside its name
 * first. Never replaces another file unless `force` says so. Rejects with `BackupError`, or the file system's own error.
 */
export async function writePrivateFile(
  file: string,
  chunks: Iterable<string>,
  force: boolean,
): Promise<void> {
  // Asked at the start, so that nobody waits for a long backup to learn it.
  if (!force && (await exists(file))) throw alreadyThere(file);
  const temporary = `${file}.${process.pid}.partial`;
  const handle = await open(temporary, 'w', 0o600);
  try {
    try {
      await handle.chmod(0o600);
      for (const chunk of chunks) await handle.writeFile(chunk);
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (force) await rename(temporary, file);
    else await linkNew(temporary, file);
    await syncFolder(dirname(file));
  } catch (error) {
    await rm(temporary, { force: true });
    throw systemErrorCode(error) === 'ENOSPC' || systemErrorCode(error) === 'EDQUOT'
      ? new BackupError(`the disk is full: ${file} was not made; free some space, or choose another disk`, {
          cause: error,
        })
      : error;
  }
}

/** Fails where the name was taken meanwhile. */
async function linkNew(temporary: string, file: string): Promise<void> {
  try {
    await link(temporary, file);
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') throw alreadyThere(file);
    // A file system without links: then there is a moment in which somebody else's file could be replaced.
    if (await exists(file)) throw alreadyThere(file);
    await rename(temporary, file);
    return;
  }
  await rm(temporary);
}

async function syncFolder(folder: string): Promise<void> {
  const handle: FileHandle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
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
