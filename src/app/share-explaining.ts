import type { Config } from '../config/config.ts';
import type { Explaining } from '../explain/simulation.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { withDeadline } from '../store/deadline.ts';
import { type Store, StoreUnavailable } from '../store/port.ts';
import type { Replica } from '../store/replica.ts';
import { explainingOn, openExplainedReplica } from './open-explaining.ts';

export interface SharedExplainingOptions {
  readonly config: Config;
  readonly store: Store;
  onFault(fault: Error): void;
  /** Milliseconds without a request, after which the snapshot is dropped. */
  readonly idle?: number;
  /** Milliseconds that a request waits for the newest commit. */
  readonly patience?: number;
}

/** One followed snapshot for all requests: each policy is compiled once, and again if it changes. */
export class SharedExplaining {
  readonly #options: Required<SharedExplainingOptions>;
  #replica: Promise<Replica<Snapshot>> | undefined;
  #users = 0;
  #idle: NodeJS.Timeout | undefined;

  constructor(options: SharedExplainingOptions) {
    this.#options = { idle: 5 * 60_000, patience: 10_000, ...options };
  }

  /** For one request, which closes it. It shows everything committed before. Rejects with `StoreUnavailable`. */
  async open(): Promise<Explaining> {
    const { config } = this.#options;
    this.#users++;
    clearTimeout(this.#idle);
    try {
      const explaining = explainingOn(config, await this.#upToDate());
      return { ...explaining, close: async () => this.#leave() };
    } catch (error) {
      this.#leave();
      throw error;
    }
  }

  async close(): Promise<void> {
    clearTimeout(this.#idle);
    await this.#drop();
  }

  async #upToDate(): Promise<Replica<Snapshot>> {
    const { store, patience } = this.#options;
    const { epoch, revision } = await store.position();
    let replica = await this.#opened();
    if (replica.position.epoch !== epoch) {
      // The store was put back or replaced.
      await this.#drop();
      replica = await this.#opened();
    }
    const late = new StoreUnavailable('the snapshot has not caught up with the store');
    await withDeadline(replica.caughtUp(revision), patience, late);
    return replica;
  }

  #opened(): Promise<Replica<Snapshot>> {
    const { config, store, onFault } = this.#options;
    this.#replica ??= openExplainedReplica(config, store, onFault).catch((error: unknown) => {
      this.#replica = undefined;
      throw error;
    });
    return this.#replica;
  }

  #leave(): void {
    this.#users--;
    if (this.#users > 0) return;
    this.#idle = setTimeout(() => void this.#drop(), this.#options.idle).unref();
  }

  async #drop(): Promise<void> {
    const replica = this.#replica;
    this.#replica = undefined;
    await (await replica?.catch(() => undefined))?.close();
  }
}
