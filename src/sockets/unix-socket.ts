import { chmod, lstat, mkdtemp, rename, rm, unlink } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { systemErrorCode } from '../files/system-error-code.ts';
import { MAX_SOCKET_PATH } from './address.ts';

const DEFAULT_MODE = 0o660;

/** A Unix socket cannot be made at its path; the message says why, with the address as `formatAddress` writes it. */
export class SocketUnavailable extends Error {
  override readonly name = 'SocketUnavailable';
  constructor(path: string, problem: string, cause?: unknown) {
    const code = systemErrorCode(cause);
    super(`unix:${path}: ${problem}${code === undefined ? '' : ` (${code})`}`, { cause });
  }
}

export interface BoundSocket {
  /** Removes the socket, unless another server has put its own in its place. */
  remove(): Promise<void>;
}

/**
 * Listens on a Unix socket by `listen`, which binds the path that it is given. The socket is made in a folder that only
 * this user can enter and moved to its path once its mode is right; a socket that no server listens on is replaced. Rejects
 * with `SocketUnavailable` if a server listens on the path, or something else is there.
 */
export async function bindUnixSocket(
  path: string,
  mode: number = DEFAULT_MODE,
  listen: (path: string) => Promise<void>,
): Promise<BoundSocket> {
  await refuseTaken(path);
  const folder = await mkdtemp(join(dirname(path), '.s')).catch((error: unknown) => {
    throw new SocketUnavailable(path, 'no socket can be made there', error);
  });
  try {
    const hidden = join(folder, 's');
    if (Buffer.byteLength(hidden) > MAX_SOCKET_PATH || Buffer.byteLength(path) > MAX_SOCKET_PATH)
      throw new SocketUnavailable(path, 'the path is too long for a socket');
    await listen(hidden);
    await chmod(hidden, mode);
    const { dev, ino } = await lstat(hidden);
    await rename(hidden, path);
    return { remove: () => removeOwn(path, { dev, ino }) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function refuseTaken(path: string): Promise<void> {
  const found = await lstat(path).catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw new SocketUnavailable(path, 'no socket can be made there', error);
  });
  if (!found) return;
  if (!found.isSocket()) throw new SocketUnavailable(path, 'something else than a socket is there');
  const problem = await tryConnect(path);
  if (problem === undefined) throw new SocketUnavailable(path, 'another server listens there');
  // No server listens on it (ECONNREFUSED), or it was removed just now.
  const code = systemErrorCode(problem);
  if (code === 'ECONNREFUSED' || code === 'ENOENT') return;
  throw new SocketUnavailable(path, 'another server may listen there', problem);
}

/** The error of a connection to a Unix socket; undefined if a server accepted it. */
export function tryConnect(path: string): Promise<Error | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('error', resolve);
    socket.once('connect', () => {
      socket.destroy();
      resolve(undefined);
    });
  });
}

async function removeOwn(path: string, own: { dev: number; ino: number }): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found?.dev === own.dev && found.ino === own.ino) await unlink(path).catch(() => undefined);
}
