import type { Config } from '../config/config.ts';
import { logEvent } from '../observe/log-event.ts';
import type { Logger } from '../observe/logger.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { RecordFaults } from '../observe/record-faults.ts';
import { createPolicyTextReader } from '../policy/policy-text-reader.ts';
import { buildSnapshotInSlices, type Snapshot } from '../snapshot/snapshot.ts';
import { asError } from '../store/as-error.ts';
import { type Store, StoreFormatError, StoreUnavailable } from '../store/port.ts';
import { openReplica, type Replica } from '../store/replica.ts';
import { retryDelay } from '../store/retry-delay.ts';
import { wait } from '../store/wait.ts';
import { snapshotSettings } from './check-settings.ts';
import { createNamespaceNotes } from './configured-namespaces.ts';
import type { StoreContact } from './store-contact.ts';
import { createStoreFaults, type StoreFaults } from './store-faults.ts';

/** Of the sidecars that share a store; a change of a policy or a route takes that much longer at most. */
const RELOAD_JITTER_MS = 50;

/** The store in memory, once it could be read. */
export interface FollowedStore {
  /** Throws `StoreUnavailable` before. */
  readonly replica: Replica<Snapshot>;
  /** Why it could not be read yet; undefined once it was. */
  readonly awaiting: string | undefined;
  contact(): StoreContact;
  /** Whether the store is heard from and took writes then. */
  readonly writable: boolean;
  /** Records in the bounded caches. */
  readonly recordsKept: number;
  close(): Promise<void>;
}

/**
 * Reads what decides into memory, and keeps it up with the store. Where many machines share the store, one that can't be
 * read now is waited for; rejects where waiting would not help.
 */
export async function followStore(
  config: Config,
  store: Store,
  logger: Logger,
  metrics: Metrics,
  recordFaults: RecordFaults,
): Promise<FollowedStore> {
  const faults = createStoreFaults(logger);
  const settings = { ...snapshotSettings(config), textReader: createPolicyTextReader() };
  const noteNamespaces = createNamespaceNotes(config, logger);
  const note = (snapshot: Snapshot) => {
    metrics.setStoreRevision(snapshot.position.revision);
    recordFaults.note(snapshot.faults);
    noteNamespaces(snapshot);
  };
  const open = async () => {
    const replica = await openReplica<Snapshot>({
      store,
      build: (stored, previous) => buildSnapshotInSlices(stored, settings, previous),
      onSnapshot: (snapshot) => {
        logEvent(logger, 'store-changed', { revision: snapshot.position.revision });
        note(snapshot);
      },
      onFault: (fault) => faults.note(fault),
      limits: config.cache,
      reloadJitter: config.store.redis ? RELOAD_JITTER_MS : 0,
    });
    note(replica.snapshot);
    return replica;
  };
  const followed = new AwaitedReplica(open, faults, (fault) => logEvent(logger, 'store-awaited', { fault }));
  await followed.begin((fault) => config.store.redis !== undefined && !(fault instanceof StoreFormatError));
  return followed;
}

class AwaitedReplica implements FollowedStore {
  readonly #open: () => Promise<Replica<Snapshot>>;
  readonly #faults: StoreFaults;
  readonly #onFault: (fault: Error) => void;
  readonly #closing = new AbortController();
  #replica: Replica<Snapshot> | undefined;
  #fault = new Error('the store was not asked yet');
  #awaiting: Promise<void> | undefined;

  /** @param onFault told of each reason once, as long as it stays the same */
  constructor(open: () => Promise<Replica<Snapshot>>, faults: StoreFaults, onFault: (fault: Error) => void) {
    this.#open = open;
    this.#faults = faults;
    this.#onFault = onFault;
  }

  get replica(): Replica<Snapshot> {
    if (this.#replica) return this.#replica;
    throw new StoreUnavailable(`the store could not be read yet: ${this.#fault.message}`);
  }

  get writable(): boolean {
    return this.#replica?.state === 'live' && this.#replica.writable;
  }

  get recordsKept(): number {
    if (!this.#replica) return 0;
    const { credentials, accounts, directoryUsers } = this.#replica;
    return credentials.size + accounts.size + directoryUsers.size;
  }

  get awaiting(): string | undefined {
    return this.#replica ? undefined : `the store could not be read yet: ${this.#fault.message}`;
  }

  contact(): StoreContact {
    if (!this.#replica) return { up: false, at: undefined, problem: this.#fault.message };
    const { state, lastContact: at } = this.#replica;
    return { up: state === 'live', at, problem: this.#faults.last };
  }

  /** Tries once; goes on by itself where the fault is one that may pass, and throws it where not. */
  async begin(mayPass: (fault: Error) => boolean): Promise<void> {
    try {
      this.#replica = await this.#open();
    } catch (error) {
      if (!mayPass(asError(error))) throw error;
      this.#note(error);
      this.#awaiting = this.#retry();
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#awaiting;
    await this.#replica?.close();
  }

  async #retry(): Promise<void> {
    const { signal } = this.#closing;
    for (let failures = 1; !this.#replica; failures++) {
      await wait(retryDelay(failures), signal);
      if (signal.aborted) return;
      try {
        this.#replica = await this.#open();
      } catch (error) {
        this.#note(error);
      }
    }
  }

  #note(error: unknown): void {
    const fault = asError(error);
    if (fault.message !== this.#fault.message) this.#onFault(fault);
    this.#fault = fault;
  }
}
