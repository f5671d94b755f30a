import { constants, type FileHandle, open } from 'node:fs/promises';
import { decodeUtf8 } from '../files/decode-utf8.ts';
import { systemErrorCode } from '../files/system-error-code.ts';
import type { FileOwnership } from './key-file-access.ts';
import { KeyFileError, keyFileFault } from './key-file-error.ts';

const MAX_BYTES = 1024 * 1024;

export interface KeyFileText {
  readonly text: string;
  /** Of the opened file, not of a link to it. */
  readonly ownership: FileOwnership;
}

/** Reads a key file of at most 1 MiB. Throws `KeyFileError`. */
export async function readKeyFile(path: string): Promise<KeyFileText> {
  let file: FileHandle | undefined;
  try {
    // Without O_NONBLOCK a pipe in place of the file would block the start forever.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = await file.stat();
    if (!stat.isFile()) throw new KeyFileError(path, 'is not a regular file');
    const bytes = await readBounded(file, path);
    return {
      text: decode(bytes, path),
      ownership: { uid: stat.uid, gid: stat.gid, mode: stat.mode & 0o7777 },
    };
  } catch (error) {
    if (error instanceof KeyFileError) throw error;
    const code = systemErrorCode(error);
    if (code === 'ENOENT') throw new KeyFileError(path, 'does not exist');
    if (code === 'EACCES' || code === 'EPERM') throw new KeyFileError(path, 'may not be read by this user');
    throw keyFileFault(path, "can't be read", error);
  } finally {
    await file?.close();
  }
}

async function readBounded(file: FileHandle, path: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let total = 0;
  for (;;) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(16 * 1024), 0, 16 * 1024, null);
    if (bytesRead === 0) return Buffer.concat(chunks);
    total += bytesRead;
    if (total > MAX_BYTES) throw new KeyFileError(path, `is larger than ${MAX_BYTES} bytes`);
    chunks.push(buffer.subarray(0, bytesRead));
  }
}

function decode(bytes: Buffer, path: string): string {
  const text = decodeUtf8(bytes);
  if (typeof text === 'string') return text;
  throw new KeyFileError(path, `expected a JWK, a JWK Set or PEM, and ${text.problem}`);
}
