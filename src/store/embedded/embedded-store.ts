import {
  type CommitResult,
  type Store,
  type StoreEvent,
  type StorePicture,
  type StorePosition,
  StoreUnavailable,
  type Write,
} from '../port.ts';
import { checkReached } from '../position.ts';
import type { RecordKey, RecordKind, StoredRecord } from '../record.ts';
import { commitWrites, encodeWrites } from './commit-writes.ts';
import type { Database } from './database.ts';
import { acquireEnvironment, type Environment } from './environment.ts';
import { followCommits } from './follow-commits.ts';
import { readKind, readPicture, readRecord } from './read-records.ts';
import { describeFault } from './store-fault.ts';
import { positionOf, type StoreHead } from './store-head.ts';

export interface EmbeddedStoreOptions {
  /** The folder; made where it is missing (mode 0700). */
  readonly path: string;
  /** Commits that the change log keeps; whoever slept longer reads everything again. Default 10,000. */
  readonly logLength?: number;
  /** Milliseconds between two looks of a follower at the store. Default 5. */
  readonly pollInterval?: number;
  /** Bytes of address space reserved at first (the store grows beyond by itself). Default 1 GiB. */
  readonly mapSize?: number;
}

/**
 * Opens a store in a folder of one machine; several processes may have it open at once. Rejects with `StoreUnavailable`
 * where the folder can't be used, and `StoreFormatError` where something else, or something newer, is in it.
 */
export async function openEmbeddedStore({
  path,
  logLength = 10_000,
  pollInterval = 5,
  mapSize = 2 ** 30,
}: EmbeddedStoreOptions): Promise<Store> {
  return new EmbeddedStore(await acquireEnvironment(path, mapSize), logLength, pollInterval);
}

class EmbeddedStore implements Store {
  readonly #environment: Environment;
  readonly #logLength: number;
  readonly #pollInterval: number;
  readonly #closing = new AbortController();
  #released: Promise<void> | undefined;

  constructor(environment: Environment, logLength: number, pollInterval: number) {
    this.#environment = environment;
    this.#logLength = logLength;
    this.#pollInterval = pollInterval;
  }

  async position(): Promise<StorePosition> {
    return this.#read((_db, head) => positionOf(head));
  }

  async get(keys: readonly RecordKey[], atLeast?: StorePosition): Promise<(StoredRecord | undefined)[]> {
    return this.#read((db, head) => {
      checkReached(positionOf(head), atLeast);
      return keys.map((key) => readRecord(db, key));
    });
  }

  async list(kind: RecordKind, page: { after?: string; limit: number }): Promise<StoredRecord[]> {
    return this.#read((db) => readKind(db, kind, page));
  }

  async picture(atLeast?: StorePosition): Promise<StorePicture> {
    return this.#read((db, head) => {
      checkReached(positionOf(head), atLeast);
      return readPicture(db, head, this.#environment.path);
    });
  }

  async commit(expected: number, writes: readonly Write[]): Promise<CommitResult> {
    const encoded = encodeWrites(writes);
    this.#checkOpen();
    const { db, path, head, transact } = this.#environment;
    try {
      return await transact(() => commitWrites(db, head(), expected, encoded, this.#logLength));
    } catch (error) {
      throw describeFault(error, 'write', path);
    }
  }

  follow(from: StorePosition, signal: AbortSignal): AsyncIterable<StoreEvent> {
    const reader = { read: this.#read.bind(this), pollInterval: this.#pollInterval };
    return followCommits(reader, from, AbortSignal.any([signal, this.#closing.signal]));
  }

  close(): Promise<void> {
    this.#closing.abort();
    this.#released ??= this.#environment.release();
    return this.#released;
  }

  /** All that `reader` reads, and the head, are of one moment, for it can't await and LMDB keeps its snapshot until then. */
  #read<T>(reader: (db: Database, head: StoreHead) => T): T {
    this.#checkOpen();
    const { db, path, head } = this.#environment;
    try {
      db.resetReadTxn();
      return reader(db, head());
    } catch (error) {
      throw describeFault(error, 'read', path);
    }
  }

  #checkOpen(): void {
    if (this.#closing.signal.aborted)
      throw new StoreUnavailable(`the store in ${this.#environment.path} is closed`);
  }
}
