import { randomBytes } from 'node:crypto';
import { link, open, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { systemErrorCode } from './system-error-code.ts';

/**
 * Writes a file beside `path` and flushes it; `place` then renames or links it to its name. What `place` did is durable when
 * this resolves, and the temporary file is gone in any case. Throws system errors.
 */
export async function placeFile<T>(
  path: string,
  chunks: Iterable<string>,
  mode: number,
  place: (temporary: string) => Promise<T>,
): Promise<T> {
  const folder = dirname(path);
  const temporary = join(folder, `.${basename(path)}.${randomBytes(8).toString('hex')}.tmp`);
  try {
    const file = await open(temporary, 'wx', mode);
    try {
      for (const chunk of chunks) await file.writeFile(chunk);
      await file.sync();
    } finally {
      await file.close();
    }
    const placed = await place(temporary);
    await flushFolder(folder);
    return placed;
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

/** False if the name is taken: unlike rename, link never replaces a file. */
export async function linkUnlessTaken(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

async function flushFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
