import { takeTurns } from '../../snapshot/run-steps.ts';
import { asError } from '../../store/as-error.ts';
import {
  hasReached,
  type Store,
  type StorePosition,
  StoreUnavailable,
  type Write,
} from '../../store/port.ts';
import type { RecordKey, RecordKind, StoredRecord } from '../../store/record.ts';
import { retryDelay, wait } from '../../store/retry.ts';

/** `record` is undefined if it was deleted. */
export interface IndexedChange {
  readonly key: RecordKey;
  readonly record: StoredRecord | undefined;
}

/** What is kept of records. */
export interface IndexContent {
  /** Never throws: a record that can't be used is for its reader to refuse. */
  apply(changes: readonly IndexedChange[]): void;
}

export interface FollowedIndexOptions<C> {
  readonly store: Store;
  readonly kinds: readonly RecordKind[];
  create(): C;
  onFault(fault: Error): void;
  /** Milliseconds that a request waits for the newest commit. Default 10,000. */
  readonly patience?: number;
}

const PAGE = 500;

interface Waiter {
  readonly wanted: StorePosition;
  resolve(): void;
}

/**
 * An in-memory index of records of some kinds, read once and then fed by the change log. A caller sees all
 * that was committed before the call, or an error: it never serves stale content.
 */
export class FollowedIndex<C extends IndexContent> {
  readonly #options: Required<FollowedIndexOptions<C>>;
  readonly #kinds: ReadonlySet<RecordKind>;
  readonly #closing = new AbortController();
  #content: C;
  /** Of the content; undefined while it is read. */
  #position: StorePosition | undefined;
  #waiters: Waiter[] = [];
  #running: Promise<void> | undefined;
  #failures = 0;
  /** Told of once, as long as it stays the same. */
  #fault: string | undefined;

  constructor(options: FollowedIndexOptions<C>) {
    this.#options = { patience: 10_000, ...options };
    this.#kinds = new Set(options.kinds);
    this.#content = options.create();
  }

  /** Idempotent. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** The content with all that was committed before the call. Rejects with `StoreUnavailable`. */
  async current(): Promise<C> {
    this.start();
    const wanted = await this.#options.store.position();
    if (!this.#has(wanted)) await this.#reach(wanted);
    return this.#content;
  }

  /** Adds a commit of this process at once, without waiting for the change log. */
  committed(position: StorePosition, writes: readonly Write[]): void {
    const at = this.#position;
    if (at?.epoch !== position.epoch || at.revision !== position.revision - 1) return;
    const { revision } = position;
    this.#apply(
      position,
      writes
        .filter(({ key }) => this.#kinds.has(key.kind))
        .map(({ key, value }) => ({
          key,
          record: value === undefined ? undefined : { ...key, revision, value },
        })),
    );
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  #has(wanted: StorePosition): boolean {
    return this.#position !== undefined && hasReached(this.#position, wanted);
  }

  #reach(wanted: StorePosition): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        wanted,
        resolve: () => {
          clearTimeout(timer);
          resolve();
        },
      };
      const timer = setTimeout(() => {
        this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
        reject(new StoreUnavailable('the index has not caught up with the store'));
      }, this.#options.patience);
      this.#waiters.push(waiter);
    });
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        await this.#follow(this.#position ?? (await this.#readAll()));
        if (this.#position && !signal.aborted) throw new StoreUnavailable('the store ended the change log');
      } catch (error) {
        if (signal.aborted) return;
        const fault = asError(error);
        if (fault.message !== this.#fault) this.#options.onFault(fault);
        this.#fault = fault.message;
        this.#failures += 1;
        await wait(retryDelay(this.#failures), signal);
      }
    }
  }

  /** What is committed meanwhile may be in it in part: it is followed from before. */
  async #readAll(): Promise<StorePosition> {
    const { store, kinds, create } = this.#options;
    const before = await store.position();
    const content = create();
    const turn = takeTurns();
    for (const kind of kinds) {
      let after: string | undefined;
      do {
        const page = await store.list(kind, { after, limit: PAGE });
        if (this.#closing.signal.aborted) return before;
        content.apply(page.map((record) => ({ key: { kind, id: record.id }, record })));
        after = page.length < PAGE ? undefined : page.at(-1)?.id;
        await turn();
      } while (after !== undefined);
    }
    this.#content = content;
    this.#move(before);
    return before;
  }

  /** Returns at a gap, after which everything is read again. */
  async #follow(from: StorePosition): Promise<void> {
    for await (const event of this.#options.store.follow(from, this.#closing.signal)) {
      this.#failures = 0;
      this.#fault = undefined;
      if (event.type === 'gap') {
        this.#position = undefined;
        return;
      }
      if (event.type === 'commit')
        await this.#readCommit({ epoch: from.epoch, revision: event.revision }, event.keys);
    }
  }

  async #readCommit(position: StorePosition, keys: readonly RecordKey[]): Promise<void> {
    const wanted = keys.filter(({ kind }) => this.#kinds.has(kind));
    for (;;) {
      const before = this.#position;
      if (before && hasReached(before, position)) return;
      const changes: IndexedChange[] = [];
      for (let start = 0; start < wanted.length; start += PAGE) {
        const part = wanted.slice(start, start + PAGE);
        const records = await this.#options.store.get(part);
        for (const [index, key] of part.entries()) changes.push({ key, record: records[index] });
      }
      // A commit of this process that came meanwhile is newer than what was read.
      if (this.#position !== before) continue;
      this.#apply(position, changes);
      return;
    }
  }

  #apply(position: StorePosition, changes: readonly IndexedChange[]): void {
    this.#content.apply(changes);
    this.#move(position);
  }

  #move(position: StorePosition): void {
    this.#position = position;
    const waiting = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiting)
      if (this.#has(waiter.wanted)) waiter.resolve();
      else this.#waiters.push(waiter);
  }
}
