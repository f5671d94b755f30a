import { randomBytes } from 'node:crypto';
import { link, open, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { systemErrorCode } from '../files/system-error-code.ts';

/** A new file, durable when it resolves, that takes no other's place: false where there is one. Throws system errors. */
export async function createFileOnce(path: string, text: string, mode: number): Promise<boolean> {
  return withTemporary(path, text, mode, async (temporary) => {
    // Unlike rename, link never replaces what is there.
    if (!(await linkUnlessTaken(temporary, path))) return false;
    await flushFolder(dirname(path));
    return true;
  });
}

/**
 * Puts a file in the place of another, whole and durable when it resolves, its owner kept: a serving process of
 * another user must still be able to read it. Throws system errors.
 */
export async function replaceFile(path: string, text: string, mode: number): Promise<void> {
  await withTemporary(path, text, mode, async (temporary) => {
    await keepOwner(path, temporary);
    await rename(temporary, path);
    await flushFolder(dirname(path));
  });
}

async function withTemporary<T>(
  path: string,
  text: string,
  mode: number,
  work: (temporary: string) => Promise<T>,
): Promise<T> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(8).toString('hex')}.tmp`);
  try {
    await writeDurably(temporary, text, mode);
    return await work(temporary);
  } finally {
    await unlink(temporary).catch(() => undefined);
  }
}

async function writeDurably(path: string, text: string, mode: number): Promise<void> {
  const file = await open(path, 'wx', mode);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
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

async function linkUnlessTaken(from: string, to: string): Promise<boolean> {
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
