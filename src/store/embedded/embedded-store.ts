import {
  type CommitResult,
  checkReached,
  type RecordPage,
  type StoreContents,
  type StoreEvent,
  type StorePosition,
  StoreUnavailable,
  type Write,
} from '../port.ts';
import type { RecordKey, RecordKind, StoredRecord } from '../record.ts';
import { encodeWrites, isStorableId } from '../record-text.ts';
import type { StoreWithTelemetry, TelemetryWrites } from '../telemetry-writes.ts';
import { commitWrites } from './commit-writes.ts';
import type { Database } from './database.ts';
import { describeEmbeddedFault } from './embedded-fault.ts';
import { type EmbeddedHead, parseEmbeddedHead, positionOf } from './embedded-head.ts';
import { createEmbeddedTelemetryWrites, type IsCredential } from './embedded-telemetry-writes.ts';
import { acquireEnvironment, type Environment, type StoreAccess } from './environment.ts';
import { followCommits } from './follow-commits.ts';
import { readKind, readRecord, readSnapshot } from './read-records.ts';
import { encodeRecordKey, HEAD_KEY } from './store-key.ts';

export interface EmbeddedStoreOptions {
  /** The folder; made if missing (mode 0700). */
  readonly path: string;
  /** Commits that the change log keeps; a follower that is further behind reads everything again. Default 10,000. */
  readonly logLength?: number;
  /** Milliseconds between two looks of a follower at the store. Default 5. */
  readonly pollInterval?: number;
  /** Bytes of address space reserved at first (the store grows beyond by itself). Default 1 GiB. */
  readonly mapSize?: number;
  /** Decisions that their stream keeps. Default 10,000. */
  readonly decisionsLength?: number;
  /** `read`: for a process that changes no record, such as a sidecar; the store has to exist. Default `write`. */
  readonly access?: StoreAccess;
}

/**
 * Opens a store in a folder of one machine; several processes may have it open at once. Rejects with `StoreUnavailable` if
 * the folder cannot be used, and with `StoreFormatError` if it holds other data or a newer store.
 */
export async function openEmbeddedStore({
  path,
  logLength = 10_000,
  pollInterval = 5,
  mapSize = 2 ** 30,
  decisionsLength = 10_000,
  access = 'write',
}: EmbeddedStoreOptions): Promise<StoreWithTelemetry> {
  const environment = await acquireEnvironment(path, mapSize, access);
  return new EmbeddedStore(environment, { logLength, pollInterval, decisionsLength, access });
}

function isCredentialOf(db: Database): IsCredential {
  return (id) => isStorableId(id) && db.doesExist(encodeRecordKey({ kind: 'credential', id }));
}

type EmbeddedSettings = Required<
  Pick<EmbeddedStoreOptions, 'logLength' | 'pollInterval' | 'decisionsLength' | 'access'>
>;

class EmbeddedStore implements StoreWithTelemetry {
  readonly telemetry: TelemetryWrites;
  readonly #environment: Environment;
  readonly #settings: EmbeddedSettings;
  readonly #closing = new AbortController();
  #released: Promise<void> | undefined;

  constructor(environment: Environment, settings: EmbeddedSettings) {
    this.#environment = environment;
    this.#settings = settings;
    this.telemetry = createEmbeddedTelemetryWrites({
      decisionsLength: settings.decisionsLength,
      read: (reader) =>
        this.#read((db) => {
          const side = environment.side();
          side.resetReadTxn();
          return reader(side, isCredentialOf(db));
        }),
      write: async (writer) => {
        // Renews the read transaction, so that credentials of the latest commit count.
        const isCredential = this.#read(isCredentialOf);
        await this.#write(environment.transactTelemetry, () => writer(environment.side(), isCredential));
      },
    });
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

  async list(kind: RecordKind, page: RecordPage): Promise<StoredRecord[]> {
    return this.#read((db) => readKind(db, kind, page));
  }

  async snapshot(atLeast?: StorePosition): Promise<StoreContents> {
    this.#checkOpen();
    const { db, path, inReadTransaction } = this.#environment;
    try {
      return await inReadTransaction((transaction) => {
        const head = parseEmbeddedHead(db.get(HEAD_KEY, { transaction }) ?? '', path);
        checkReached(positionOf(head), atLeast);
        return readSnapshot(db, transaction, head, path);
      });
    } catch (error) {
      throw describeEmbeddedFault(error, 'read', path);
    }
  }

  async commit(expected: number, writes: readonly Write[]): Promise<CommitResult> {
    const encoded = encodeWrites(writes);
    const { db, head, path, transact } = this.#environment;
    const { logLength, access } = this.#settings;
    if (access === 'read') throw new StoreUnavailable(`the store in ${path} is open read-only`);
    return this.#write(transact, () => commitWrites(db, head(), expected, encoded, logLength));
  }

  follow(from: StorePosition, signal: AbortSignal): AsyncIterable<StoreEvent> {
    const reader = { read: this.#read.bind(this), pollInterval: this.#settings.pollInterval };
    return followCommits(reader, from, AbortSignal.any([signal, this.#closing.signal]));
  }

  close(): Promise<void> {
    this.#closing.abort();
    this.#released ??= this.#environment.release();
    return this.#released;
  }

  /** All that `reader` reads is of one moment: it cannot await, and LMDB keeps its read transaction until the next tick. */
  #read<T>(reader: (db: Database, head: EmbeddedHead) => T): T {
    this.#checkOpen();
    const { db, path, head } = this.#environment;
    try {
      db.resetReadTxn();
      return reader(db, head());
    } catch (error) {
      throw describeEmbeddedFault(error, 'read', path);
    }
  }

  async #write<T>(transact: (write: () => T) => Promise<T>, write: () => T): Promise<T> {
    this.#checkOpen();
    try {
      return await transact(write);
    } catch (error) {
      throw describeEmbeddedFault(error, 'write', this.#environment.path);
    }
  }

  #checkOpen(): void {
    if (this.#closing.signal.aborted)
      throw new StoreUnavailable(`the store in ${this.#environment.path} is closed`);
  }
}
