import { statfsSync } from 'node:fs';
import { StoreFormatError, StoreUnavailable } from '../port.ts';

/** Below this many bytes a commit may not fit: LMDB copies each page that it changes. */
const NEARLY_FULL = 1 << 20;

type StoreAction = 'open' | 'read' | 'write';

/** A fault of the store in `path` as an error that says what to do. Our own errors pass unchanged. */
export function describeEmbeddedFault(error: unknown, action: StoreAction, path: string): Error {
  if (error instanceof StoreFormatError || error instanceof StoreUnavailable) return error;
  return new StoreUnavailable(`can't ${action} the store in ${path}: ${explain(error, path)}`, {
    cause: error,
  });
}

function explain(error: unknown, path: string): string {
  switch (codeOf(error)) {
    case 'EACCES':
    case 'EPERM':
      return `permission denied; let the user that runs sallyport (uid ${process.getuid?.() ?? 'unknown'}) read and write that folder and its files`;
    case 'ENOENT':
      return 'the folder cannot be made; make it, or choose another path';
    case 'ENOTDIR':
    case 'EEXIST':
      return 'a part of that path is a file, not a folder; choose another path';
    case 'EROFS':
      return 'the file system is read-only; mount it writable, or choose another path';
    case 'ENOSPC':
    case 'EDQUOT':
      return 'the disk is full; nothing was stored; free some space and retry';
    case 'EIO':
      // LMDB reports every short write as EIO.
      return isNearlyFull(path)
        ? 'the disk is full; nothing was stored; free some space and retry'
        : 'the disk refused it (input/output error); look for a quota, a file size limit or a failing disk';
    case 'EFBIG':
      return 'the file would get larger than this process may write; raise the limit (ulimit -f)';
    case 'ENOMEM':
      return 'not enough address space to map it; raise the limit (ulimit -v)';
    default:
      return error instanceof Error ? error.message : 'unknown error';
  }
}

/** Node's own errors carry a name, LMDB's the number (errno(3) on Linux and macOS, or its own below zero). */
function codeOf(error: unknown): string | undefined {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  if (typeof code === 'string') return code;
  return typeof code === 'number' ? NAMES.get(code) : undefined;
}

const NAMES = new Map([
  [1, 'EPERM'],
  [2, 'ENOENT'],
  [5, 'EIO'],
  [12, 'ENOMEM'],
  [13, 'EACCES'],
  [20, 'ENOTDIR'],
  [27, 'EFBIG'],
  [28, 'ENOSPC'],
  [30, 'EROFS'],
  [122, 'EDQUOT'],
]);

function isNearlyFull(path: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize < NEARLY_FULL;
  } catch {
    return false;
  }
}
