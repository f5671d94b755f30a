import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, openSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { LOCK_FILE } from './store-folder.ts';

/** In whole pages, more than LMDB's table of readers takes. */
const SIZE = 12 * 1024;
/** Of its first page, which LMDB writes to when it opens an environment. */
const FIRST_PAGE = 4096;
/** Of `Stats.blocks`. */
const BLOCK = 512;

/**
 * Sees to it that LMDB's lock file has its place on the disk. LMDB only sets its size and maps it: on a full disk, writing to
 * a page that has no place ends the process (SIGBUS). Throws the file system's own error, such as ENOSPC.
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
    // Never in the place of another, which a process may have mapped. One that has no place yet will get it: there is room.
    if (!found) linkUnlessTaken(temporary, path);
  } finally {
    unlinkSync(temporary);
  }
}

function linkUnlessTaken(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    // Without it LMDB makes the file itself: as well, for there is room.
    if (!(error instanceof Error && 'code' in error && TOLERATED.has(String(error.code)))) throw error;
  }
}

/** Another process was faster; the file system knows no links. */
const TOLERATED: ReadonlySet<string> = new Set(['EEXIST', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);
