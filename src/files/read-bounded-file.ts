import { closeSync, openSync, readSync } from 'node:fs';
import { decodeUtf8 } from './decode-utf8.ts';
import { systemErrorCode } from './system-error-code.ts';

/** A file of at most `limit` bytes, or the reason why it can't be read. Never quotes what it holds. */
export function readBoundedFile(path: string, limit: number): Buffer | { readonly problem: string } {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch (error) {
    return { problem: problemOf(error) };
  }
  try {
    // The size is unreliable: it is 0 for a pipe and some mounted files.
    const chunks: Buffer[] = [];
    for (let total = 0; total <= limit; ) {
      const chunk = Buffer.alloc(Math.min(65_536, limit + 1 - total));
      const count = readSync(descriptor, chunk);
      if (count === 0) return Buffer.concat(chunks);
      chunks.push(chunk.subarray(0, count));
      total += count;
    }
    return { problem: `it is larger than ${limit} bytes` };
  } catch (error) {
    return { problem: problemOf(error) };
  } finally {
    closeSync(descriptor);
  }
}

const PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'it may not be read by this user',
  EISDIR: 'it is a folder',
  ENOTDIR: 'its folder is a file',
};

/** A system error in words. */
export function problemOf(error: unknown): string {
  const code = systemErrorCode(error) ?? 'it cannot be read';
  return PROBLEMS[code] ?? code;
}

/** A UTF-8 file of at most `limit` bytes, or the reason why it can't be read. Never quotes what it holds. */
export function readTextFile(path: string, limit: number): string | { readonly problem: string } {
  const content = readBoundedFile(path, limit);
  return Buffer.isBuffer(content) ? decodeUtf8(content) : content;
}
