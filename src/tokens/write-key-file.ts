import { open, rename, stat } from 'node:fs/promises';
import { linkUnlessTaken, placeFile } from '../files/place-file.ts';
import { systemErrorCode } from '../files/system-error-code.ts';

/** Creates a file, durable when this resolves. False if the name is taken. Throws system errors. */
export function createFileOnce(path: string, text: string, mode: number): Promise<boolean> {
  return placeFile(path, [text], mode, (temporary) => linkUnlessTaken(temporary, path));
}

/**
 * Replaces a file atomically, durable when this resolves. Keeps the owner, so that a serving process of another user can
 * still read it. Throws system errors.
 */
export function replaceFile(path: string, text: string, mode: number): Promise<void> {
  return placeFile(path, [text], mode, async (temporary) => {
    await keepOwner(path, temporary);
    await rename(temporary, path);
  });
}

async function keepOwner(path: string, temporary: string): Promise<void> {
  const old = await stat(path).catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (!old) return;
  const file = await open(temporary, 'r');
  try {
    const { uid, gid } = await file.stat();
    if (uid !== old.uid || gid !== old.gid) await file.chown(old.uid, old.gid);
  } finally {
    await file.close();
  }
}
