import { decodeUtf8 } from './decode-utf8.ts';
import { readBoundedFile } from './read-bounded-file.ts';

/** A UTF-8 file of at most `limit` bytes, or in words why it can't be had. Never quotes what it holds. */
export function readTextFile(path: string, limit: number): string | { readonly problem: string } {
  const content = readBoundedFile(path, limit);
  return Buffer.isBuffer(content) ? decodeUtf8(content) : content;
}
