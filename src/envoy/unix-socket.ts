import { chmod, lstat, mkdtemp, rename, rm, unlink } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';

/** The kernel's limit for the path of a Unix socket, less its closing NUL; a longer one would be cut without a word. */
const MAX_SOCKET_PATH = 107;
const DEFAULT_MODE = 0o660;

/** A Unix socket that can't be made where it was asked for. */
export class SocketUnavailable extends Error {
  override readonly name = 'SocketUnavailable';
}

export interface BoundSocket {
  /** Takes the socket away, unless another server has put its own in its place. */
  remove(): Promise<void>;
}

/**
 * Listens on a Unix socket by `listen`, which binds the path that it is given. The socket is made in a folder that nobody
 * else can enter and moved to its place once its mode is right; a stale one is replaced. Rejects with
 * `SocketUnavailable` where a live server, or something that is no socket, has the place.
 */
export async function bindUnixSocket(
  path: string,
  mode: number = DEFAULT_MODE,
  listen: (path: string) => Promise<void>,
): Promise<BoundSocket> {
  await refuseTaken(path);
  const folder = await mkdtemp(join(dirname(path), '.s')).catch((error: unknown) => {
    throw new SocketUnavailable(`no socket can be made at ${path}`, { cause: error });
  });
  try {
    const hidden = join(folder, 's');
    if (Buffer.byteLength(hidden) > MAX_SOCKET_PATH || Buffer.byteLength(path) > MAX_SOCKET_PATH)
      throw new SocketUnavailable(`the path of the socket is too long: ${path}`);
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
    if (isCode(error, 'ENOENT')) return undefined;
    throw new SocketUnavailable(`no socket can be made at ${path}`, { cause: error });
  });
  if (!found) return;
  if (!found.isSocket()) throw new SocketUnavailable(`there is something at ${path} that is no socket`);
  const problem = await tryConnect(path);
  if (problem === undefined)
    throw new SocketUnavailable(
      `another server is listening at ${path}: stop it, or set listen to another path`,
    );
  // Nobody listens behind it (ECONNREFUSED), or it went away just now.
  if (isCode(problem, 'ECONNREFUSED') || isCode(problem, 'ENOENT')) return;
  throw new SocketUnavailable(`whether another server is listening at ${path} can't be told`, {
    cause: problem,
  });
}

/** Why no connection could be made; undefined where one was. */
function tryConnect(path: string): Promise<Error | undefined> {
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

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
