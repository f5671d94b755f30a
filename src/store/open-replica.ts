import { asError } from './as-error.ts';
import { supersedes } from './epoch.ts';
import {
  hasReached,
  type StoreEvent,
  StoreFormatError,
  type StorePosition,
  StoreUnavailable,
} from './port.ts';
import { type RecordKey, type RecordKind, SNAPSHOT_KINDS } from './record.ts';
import { ReplicaCache } from './record-cache.ts';
import type { Replica, ReplicaLimits, ReplicaOptions, ReplicaState } from './replica.ts';
import { retryDelay, wait } from './retry.ts';
import { SnapshotLoader } from './snapshot-loader.ts';

const DEFAULT_LIMITS: ReplicaLimits = { credentials: 15_000, accounts: 15_000, directoryUsers: 5_000 };

const IN_SNAPSHOT: ReadonlySet<RecordKind> = new Set(SNAPSHOT_KINDS);

/** The store went backwards or was replaced. It is not followed before an operator accepts it. */
export class StoreWentBack extends Error {
  override readonly name = 'StoreWentBack';
}

interface Waiter {
  readonly revision: number;
  resolve(): void;
  reject(error: Error): void;
}

/**
 * Reads the first snapshot and follows the store from there. Rejects with `StoreUnavailable` unless it may be awaited, with
 * `StoreFormatError`, or with what `build` throws.
 */
export async function openReplica<P>(options: ReplicaOptions<P>): Promise<Replica<P>> {
  return StoreReplica.open(options);
}

class StoreReplica<P> implements Replica<P> {
  readonly credentials: ReplicaCache<'credential'>;
  readonly accounts: ReplicaCache<'service_account'>;
  readonly directoryUsers: ReplicaCache<'directory_user'>;
  readonly #options: ReplicaOptions<P>;
  readonly #closing = new AbortController();
  #running: Promise<void> | undefined;
  #awaited: Error = new StoreUnavailable('not asked yet');
  /** Undefined before the first snapshot. */
  #loader: SnapshotLoader<P> | undefined;
  #waiters: Waiter[] = [];
  /** The last commit received. */
  #followed: StorePosition = { epoch: '', revision: 0 };
  /** The last `contact` event; a commit may come from a former primary. */
  #lastContact = Number.NEGATIVE_INFINITY;
  #writable = true;
  #connected = true;
  #wentBack = false;

  static async open<P>(options: ReplicaOptions<P>): Promise<StoreReplica<P>> {
    const replica = new StoreReplica(options);
    try {
      await replica.#load();
      replica.#running = replica.#follow();
    } catch (error) {
      if (!options.awaited || error instanceof StoreFormatError) throw error;
      replica.#running = replica.#await(error);
    }
    return replica;
  }

  private constructor(options: ReplicaOptions<P>) {
    const { store, limits = DEFAULT_LIMITS } = options;
    this.#options = options;
    const shared = {
      store,
      knownPosition: () => {
        this.#loaded();
        return this.#followed;
      },
    };
    this.credentials = new ReplicaCache({ ...shared, kind: 'credential', limit: limits.credentials });
    this.accounts = new ReplicaCache({ ...shared, kind: 'service_account', limit: limits.accounts });
    this.directoryUsers = new ReplicaCache({
      ...shared,
      kind: 'directory_user',
      limit: limits.directoryUsers,
    });
  }

  get awaiting(): string | undefined {
    return this.#loader ? undefined : `the store could not be read yet: ${this.#awaited.message}`;
  }

  get snapshot(): P {
    return this.#loaded().snapshot;
  }

  get position(): StorePosition {
    const loader = this.#loaded();
    return loader.behindSince === undefined ? this.#followed : loader.position;
  }

  get state(): ReplicaState {
    if (this.#closing.signal.aborted) return 'closed';
    return this.#connected && this.#loader?.failing === false ? 'live' : 'stale';
  }

  get lastContact(): number {
    return Math.min(this.#lastContact, this.#loader?.behindSince ?? Number.POSITIVE_INFINITY);
  }

  get writable(): boolean {
    return this.#writable;
  }

  caughtUp(revision: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiters.push({ revision, resolve, reject });
      this.#wake();
    });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#wake();
    await this.#running;
    await this.#loader?.settled();
  }

  #loaded(): SnapshotLoader<P> {
    if (this.#loader) return this.#loader;
    throw new StoreUnavailable(this.awaiting);
  }

  /** Reads the first snapshot. */
  async #load(): Promise<void> {
    const { store, build, onReady, onSnapshot, reloadJitter = 0 } = this.#options;
    const asked = performance.now();
    const loader = await SnapshotLoader.open<P>({
      store,
      build: (snapshot, previous) => build(snapshot, previous),
      onSwap: (snapshot) => {
        this.#wake();
        onSnapshot?.(snapshot);
      },
      onFault: (fault) => this.#options.onFault?.(fault),
      jitter: reloadJitter,
      signal: this.#closing.signal,
    });
    this.#loader = loader;
    this.#followed = loader.position;
    this.#lastContact = asked;
    this.#wake();
    onReady?.(loader.snapshot);
  }

  async #await(fault: unknown): Promise<void> {
    const { signal } = this.#closing;
    this.#noteAwaiting(fault);
    for (let failures = 1; !this.#loader; failures++) {
      await wait(retryDelay(failures), signal);
      if (signal.aborted) return;
      await this.#load().catch((error: unknown) => this.#noteAwaiting(error));
    }
    await this.#follow();
  }

  #noteAwaiting(error: unknown): void {
    const fault = asError(error);
    if (fault.message !== this.#awaited.message) this.#options.onAwaiting?.(fault);
    this.#awaited = fault;
  }

  async #follow(): Promise<void> {
    const { signal } = this.#closing;
    let failures = 0;
    while (!signal.aborted) {
      try {
        for await (const event of this.#options.store.follow(this.#followed, signal)) {
          this.#apply(event);
          failures = 0;
        }
        if (!signal.aborted) throw new StoreUnavailable('the store ended the change log');
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        this.#connected = false;
        this.#options.onFault?.(asError(error));
        await wait(retryDelay(failures), signal);
      }
    }
  }

  /** Throws `StoreWentBack`; following then restarts at the same position until the store has caught up. */
  #apply(event: StoreEvent): void {
    const { epoch } = this.#followed;
    const position = event.type === 'commit' ? { epoch, revision: event.revision } : event.position;
    if (!hasReached(position, this.#followed) && !supersedes(position.epoch, epoch))
      throw this.#distrust(position);
    this.#followed = position;

    if (event.type === 'gap' || this.#wentBack) {
      this.#forgetAll();
      this.#loaded().replace(position);
    } else if (event.type === 'commit') {
      for (const key of event.keys) this.#forget(key);
      // Not awaited: a revocation in the next commit must not wait for this.
      if (event.keys.some(({ kind }) => IN_SNAPSHOT.has(kind))) this.#loaded().refresh(position);
    }
    this.#wentBack = false;
    this.#connected = true;
    if (event.type === 'contact') {
      this.#lastContact = event.asked ?? performance.now();
      this.#writable = event.writable !== false;
    }
    this.#wake();
  }

  #distrust(position: StorePosition): StoreWentBack {
    // Even at the same revision its content may differ.
    this.#wentBack = true;
    this.#forgetAll();
    return new StoreWentBack(
      `the store is at revision ${position.revision} of history ${position.epoch}, and was at ${this.#followed.revision} of ${this.#followed.epoch} before: it was put back or replaced; check it, then run sallyport store accept`,
    );
  }

  #forget({ kind, id }: RecordKey): void {
    if (kind === 'credential') this.credentials.invalidate(id);
    else if (kind === 'service_account') this.accounts.invalidate(id);
    else if (kind === 'directory_user') this.directoryUsers.invalidate(id);
  }

  #forgetAll(): void {
    for (const cache of [this.credentials, this.accounts, this.directoryUsers]) cache.invalidateAll();
  }

  #wake(): void {
    const closed = this.#closing.signal.aborted;
    const revision = this.#loader ? this.position.revision : Number.NEGATIVE_INFINITY;
    const waiting: Waiter[] = [];
    for (const waiter of this.#waiters) {
      if (waiter.revision <= revision) waiter.resolve();
      else if (closed) waiter.reject(new StoreUnavailable('the replica was closed'));
      else waiting.push(waiter);
    }
    this.#waiters = waiting;
  }
}
