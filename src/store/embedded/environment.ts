import { existsSync, mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { open } from 'lmdb';
import { StoreUnavailable } from '../port.ts';
import { claimProcessId } from './claim-process-id.ts';
import type { Database } from './database.ts';
import { describeEmbeddedFault } from './embedded-fault.ts';
import { createHeadReader, type EmbeddedHead, ensureHead } from './embedded-head.ts';
import { migrateStore } from './migrate-store.ts';
import { moveTelemetry } from './move-telemetry.ts';
import type { ReadTransaction } from './raw-records.ts';
import { reserveLockFile } from './reserve-lock-file.ts';
import { DATA_FILE, prepareFolder, TELEMETRY_FOLDER } from './store-folder.ts';

/**
 * `read`: the records are opened read-only, and the store has to exist. Telemetry works with either, because they
 * have an LMDB environment and so a writer lock of their own.
 */
export type StoreAccess = 'read' | 'write';

/**
 * The two LMDB environments of one store: records and telemetry. A process must not open the same files twice (LMDB's file
 * locks belong to the process, and two write transactions on one thread would deadlock), so all stores of a folder share
 * them.
 */
export interface Environment {
  readonly path: string;
  readonly db: Database;
  /** Opened on first use. */
  readonly side: () => Database;
  /** Reads and checks the head. Throws `StoreFormatError`. */
  readonly head: () => EmbeddedHead;
  /** Runs `write` in a write transaction of `db`, after all others of this process; resolves once it is durable on disk. */
  transact<T>(write: () => T): Promise<T>;
  /** The same for `side`. */
  transactTelemetry<T>(write: () => T): Promise<T>;
  /** Reads `db` as it is now. LMDB keeps every page that the transaction sees until it is done. */
  inReadTransaction<T>(read: (transaction: ReadTransaction) => Promise<T>): Promise<T>;
  /** The last release closes the files. */
  release(): Promise<void>;
}

interface SharedEnvironment {
  readonly environment: Environment;
  readonly access: StoreAccess;
  users: number;
}

const environments = new Map<string, SharedEnvironment>();
const closing = new Map<string, Promise<void>>();

/**
 * `mapSize`: bytes of address space to reserve; the map grows beyond by itself. Rejects with `StoreUnavailable` or
 * `StoreFormatError`.
 */
export async function acquireEnvironment(
  folder: string,
  mapSize: number,
  access: StoreAccess = 'write',
): Promise<Environment> {
  try {
    if (access === 'read') refuseMissing(folder);
    prepareFolder(folder);
    const path = realpathSync(folder);
    for (let before = closing.get(path); before; before = closing.get(path)) await before;
    const shared = environments.get(path) ?? (await openShared(path, mapSize, access));
    if (access === 'write' && shared.access === 'read')
      throw new StoreUnavailable(`this process has the store in ${path} open read-only`);
    shared.users += 1;
    return shared.environment;
  } catch (error) {
    throw describeEmbeddedFault(error, 'open', folder);
  }
}

const opening = new Map<string, Promise<SharedEnvironment>>();

function openShared(path: string, mapSize: number, access: StoreAccess): Promise<SharedEnvironment> {
  const known = opening.get(path);
  if (known) return known;
  const opened = openEnvironment(path, mapSize, access)
    .then((environment): SharedEnvironment => {
      const shared = { environment, access, users: 0 };
      environments.set(path, shared);
      return shared;
    })
    .finally(() => opening.delete(path));
  opening.set(path, opened);
  return opened;
}

function refuseMissing(folder: string): void {
  if (!existsSync(join(folder, DATA_FILE))) throw new StoreUnavailable(`there is no store in ${folder}`);
}

async function openEnvironment(path: string, mapSize: number, access: StoreAccess): Promise<Environment> {
  const releaseProcessId = await claimProcessId(path);
  let db: Database;
  try {
    reserveLockFile(path);
    db = openRecords(path, mapSize, access);
  } catch (error) {
    await releaseProcessId();
    throw error;
  }
  let side: Database | undefined;
  const openTelemetry = () => {
    if (side) return side;
    const folder = join(path, TELEMETRY_FOLDER);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    reserveLockFile(folder);
    side = open<string, Uint8Array>({ ...OPTIONS, path: folder, mapSize });
    return side;
  };
  try {
    if (access === 'write') moveTelemetry(db, openTelemetry);
  } catch (error) {
    await Promise.all([db.close(), side?.close()]);
    await releaseProcessId();
    throw error;
  }
  const reads = new Set<Promise<void>>();
  const records = new TransactionQueue(() => db);
  const telemetryWrites = new TransactionQueue(openTelemetry);

  return {
    path,
    db,
    side: openTelemetry,
    head: createHeadReader(db, path),
    transact: (write) => records.run(write),
    transactTelemetry: (write) => telemetryWrites.run(write),
    inReadTransaction(read) {
      const reading = runInReadTransaction(db, read);
      const settled = reading.then(
        () => undefined,
        () => undefined,
      );
      reads.add(settled);
      void settled.then(() => reads.delete(settled));
      return reading;
    },
    async release() {
      const shared = environments.get(path);
      if (!shared || --shared.users > 0) return;
      environments.delete(path);
      const closed = (async () => {
        await Promise.all([records.settled(), telemetryWrites.settled(), ...reads]);
        await Promise.all([db.close(), side?.close()]);
        await releaseProcessId();
      })().finally(() => closing.delete(path));
      closing.set(path, closed);
      await closed;
    },
  };
}

async function runInReadTransaction<T>(
  db: Database,
  read: (transaction: ReadTransaction) => Promise<T>,
): Promise<T> {
  db.resetReadTxn();
  const transaction = db.useReadTransaction();
  try {
    return await read(transaction);
  } finally {
    transaction.done();
  }
}

const OPTIONS = {
  noSubdir: false,
  permissionsMode: 0o600,
  encoding: 'string',
  keyEncoding: 'binary',
  // With it followers would see a commit before it is on disk, and after a power cut its revision could be reused.
  overlappingSync: false,
  // With it a failed commit rejects a promise that has no handler.
  eventTurnBatching: false,
} as const;

function openRecords(path: string, mapSize: number, access: StoreAccess): Database {
  const db: Database = open({ ...OPTIONS, path, mapSize, readOnly: access === 'read' });
  try {
    if (access === 'write') {
      migrateStore(db, path);
      db.transactionSync(() => ensureHead(db, path));
    } else createHeadReader(db, path)();
    return db;
  } catch (error) {
    void db.close();
    throw error;
  }
}

/** Runs transactions one at a time, so that each holds one commit and fails alone. */
class TransactionQueue {
  readonly #db: () => Database;
  #tail: Promise<unknown> = Promise.resolve();

  constructor(db: () => Database) {
    this.#db = db;
  }

  run<T>(write: () => T): Promise<T> {
    const result = this.#tail.then(() => runTransaction(this.#db(), write));
    this.#tail = result.catch(() => undefined);
    return result;
  }

  async settled(): Promise<void> {
    await this.#tail;
  }
}

/** A child transaction: only that is rolled back if the callback throws. */
async function runTransaction<T>(db: Database, write: () => T): Promise<T> {
  try {
    return await db.childTransaction(write);
  } catch (error) {
    // LMDB reports the cause of a failed commit as a promise that rejects.
    if (error instanceof Error && 'commitError' in error) await error.commitError;
    throw error;
  }
}
