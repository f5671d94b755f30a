import { closeSync, constants, mkdirSync, openSync, unlinkSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { systemErrorCode } from '../../files/system-error-code.ts';
import { tryConnect } from '../../sockets/unix-socket.ts';
import { StoreUnavailable } from '../port.ts';
import { PROCESSES_FOLDER } from './store-folder.ts';

/**
 * LMDB identifies readers by process id alone, so two processes with one id in different PID namespaces (two containers,
 * each with main process 1) would overwrite each other's entry. Each process therefore listens on a socket named for its id
 * in the store's folder: a socket that answers belongs to a live process. Resolves with a function that releases the id;
 * rejects with `StoreUnavailable` if another process has it. Only Linux has PID namespaces.
 */
export async function claimProcessId(path: string): Promise<() => Promise<void>> {
  if (process.platform !== 'linux') return async () => undefined;
  const folder = join(path, PROCESSES_FOLDER);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // A socket's path has at most 107 bytes; the path through the descriptor is short for any folder.
  const descriptor = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  const socket = `/proc/self/fd/${descriptor}/${process.pid}`;
  const close = () => closeSync(descriptor);
  try {
    const server = await listenAlone(socket, path);
    return async () => {
      await new Promise<void>((resolve) => server.close(() => resolve()));
      close();
    };
  } catch (error) {
    close();
    // Containers cannot share a volume whose file system has no sockets.
    if (['EOPNOTSUPP', 'EPERM'].includes(systemErrorCode(error) ?? '')) return async () => undefined;
    throw error;
  }
}

async function listenAlone(socket: string, path: string): Promise<Server> {
  try {
    return await listen(socket);
  } catch (error) {
    if (systemErrorCode(error) !== 'EADDRINUSE') throw error;
    if (systemErrorCode(await tryConnect(socket)) !== 'ECONNREFUSED')
      throw new StoreUnavailable(
        `a process of another PID namespace has the store in ${path} open under the same process id (${process.pid}), and LMDB cannot tell the two apart: let both containers share a PID namespace, run the command inside the other container, or give each its own store`,
      );
    // Left behind by a process that was killed.
    unlinkSync(socket);
    return listen(socket);
  }
}

function listen(socket: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((connection) => connection.destroy());
    server.unref();
    server.once('error', reject);
    server.listen(socket, () => resolve(server));
  });
}
