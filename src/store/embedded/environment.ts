import { realpathSync } from 'node:fs';
import { open } from 'lmdb';
import type { Database, SideDatabase } from './database.ts';
import { migrateStore } from './migrate-store.ts';
import { describeFault } from './store-fault.ts';
import { prepareFolder } from './store-folder.ts';
import { createHeadReader, ensureHead, type StoreHead } from './store-head.ts';

/**
 * One open LMDB environment. A process must not open the same files twice (LMDB's file locks belong to the process, and
 * two write transactions would wait for each other on one thread), so all stores of one folder share it.
 */
export interface Environment {
  readonly path: string;
  readonly db: Database;
  readonly side: SideDatabase;
  /** Reads and checks the head. Throws `StoreFormatError`. */
  readonly head: () => StoreHead;
  /** Runs `write` in a write transaction, after all others of this process; resolves once it is durable on disk. */
  transact<T>(write: () => T): Promise<T>;
  /** The files are closed when everyone who acquired the environment has released it. */
  release(): Promise<void>;
}

interface SharedEnvironment {
  readonly environment: Environment;
  users: number;
}

const environments = new Map<string, SharedEnvironment>();
const closing = new Map<string, Promise<void>>();

/**
 * `mapSize`: bytes of address space to reserve; the map grows beyond by itself. Rejects with `StoreUnavailable` or
 * `StoreFormatError`.
 */
export async function acquireEnvironment(folder: string, mapSize: number): Promise<Environment> {
  try {
    prepareFolder(folder);
    const path = realpathSync(folder);
    for (let before = closing.get(path); before; before = closing.get(path)) await before;
    const shared = environments.get(path) ?? { environment: openEnvironment(path, mapSize), users: 0 };
    environments.set(path, shared);
    shared.users += 1;
    return shared.environment;
  } catch (error) {
    throw describeFault(error, 'open', folder);
  }
}

function openEnvironment(path: string, mapSize: number): Environment {
  const { db, side } = openDatabases(path, mapSize);
  let tail: Promise<unknown> = Promise.resolve();

  return {
    path,
    db,
    side,
    head: createHeadReader(db, path),
    transact(write) {
      // One at a time, so that each transaction holds one commit alone and fails alone.
      const result = tail.then(() => runTransaction(db, write));
      tail = result.catch(() => undefined);
      return result;
    },
    async release() {
      const shared = environments.get(path);
      if (!shared || --shared.users > 0) return;
      environments.delete(path);
      const closed = tail.then(() => db.close()).finally(() => closing.delete(path));
      closing.set(path, closed);
      await closed;
    },
  };
}

const SIDE = 'side';
const ENCODING = { encoding: 'string', keyEncoding: 'binary' } as const;

function openDatabases(path: string, mapSize: number): { db: Database; side: SideDatabase } {
  const options = {
    path,
    mapSize,
    noSubdir: false,
    permissionsMode: 0o600,
    ...ENCODING,
    // With it a commit would be seen by followers before it is on disk; a power cut could then give its revision to
    // another commit.
    overlappingSync: false,
    // With it a failed commit rejects a promise that nobody holds.
    eventTurnBatching: false,
  } as const;
  const db: Database = open(options);
  try {
    migrateStore(db, path);
    db.transactionSync(() => ensureHead(db, path));
    // Last, because its name is an entry in a database that only now is known to be ours.
    return { db, side: db.openDB<string, Uint8Array>({ name: SIDE, ...ENCODING }) };
  } catch (error) {
    void db.close();
    throw error;
  }
}

/** A child transaction, because only those are rolled back where the callback throws. */
async function runTransaction<T>(db: Database, write: () => T): Promise<T> {
  try {
    return await db.childTransaction(write);
  } catch (error) {
    // LMDB's own account of a failed commit comes as a promise that rejects.
    if (error instanceof Error && 'commitError' in error) await error.commitError;
    throw error;
  }
}
