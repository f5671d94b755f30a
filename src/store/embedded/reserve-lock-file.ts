import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, openSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { systemErrorCode } from '../../files/system-error-code.ts';
import { LOCK_FILE } from './store-folder.ts';

/** In whole pages, more than LMDB's table of readers takes. */
const SIZE = 12 * 1024;
/** Of its first page, which LMDB writes to when it opens an environment. */
const FIRST_PAGE = 4096;
/** Of `Stats.blocks`. */
const BLOCK = 512;

/**
 * Allocates the blocks of LMDB's lock file. LMDB only sets its size and maps it: on a full disk, a write to a page without
 * a block ends the process (SIGBUS). Throws system errors.
 */
export function reserveLockFile(folder: string): void {
  const path = join(folder, LOCK_FILE);
  const found = statSync(path, { throwIfNoEntry: false });
  if (found && found.blocks * BLOCK >= FIRST_PAGE) return;
  const temporary = `${path}.${randomBytes(8).toString('hex')}`;
  const descriptor = openSync(temporary, 'wx', 0o600);
  try {
    try {
      for (let written = 0; written < SIZE; ) written += writeSync(descriptor, Buffer.alloc(SIZE - written));
      // Some file systems find out only now that there is no room.
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    // Never replaces a file that another process may have mapped. A file without blocks gets them from LMDB: there is room.
    if (!found) linkUnlessTaken(temporary, path);
  } finally {
    unlinkSync(temporary);
  }
}

function linkUnlessTaken(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    // LMDB then makes the file itself: there is room for it.
    if (!TOLERATED.has(systemErrorCode(error) ?? '')) throw error;
  }
}

/** Another process made it first, or the file system has no links. */
const TOLERATED: ReadonlySet<string> = new Set(['EEXIST', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);
