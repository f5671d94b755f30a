import type { RecordKey, StoredRecord } from './record.ts';

/** Where a reader stands: which history, and how far into it. */
export interface StorePosition {
  /** Names one unbroken history; another epoch means that the store was replaced. */
  readonly epoch: string;
  /** Counts commits; 0 before the first. */
  readonly revision: number;
}

/** One record made, replaced (`value`) or removed (`value: undefined`). */
export interface Write {
  readonly key: RecordKey;
  /** JSON, already checked by the schema of its kind. */
  readonly value: unknown;
}

export type CommitResult = { readonly committed: StorePosition } | { readonly conflict: StorePosition };

/**
 * An event of the change log.
 * - `commit`: the records that the next commit touched. It proves no contact, because a primary that is cut off may commit too.
 * - `gap`: commits are missing; read everything again. If the store went backwards or was replaced, the position is older
 *   than the follower's or of another epoch.
 * - `contact`: the store confirms that nothing follows `position`, at least once a second. `asked` is when the question was
 *   sent, on the clock of `performance.now()`; later time is not covered. `writable: false` if the store refuses writes now:
 *   nothing can be revoked meanwhile.
 */
export type StoreEvent =
  | { readonly type: 'commit'; readonly revision: number; readonly keys: readonly RecordKey[] }
  | { readonly type: 'gap'; readonly position: StorePosition }
  | {
      readonly type: 'contact';
      readonly position: StorePosition;
      readonly asked?: number;
      readonly writable?: false;
    };

/** A part of the records of one kind. */
export interface RecordPage {
  /** Begins with the one that comes after this id, whether or not that exists. */
  readonly after?: string | undefined;
  readonly limit: number;
  /** From the last to the first: what comes after an id is then what is before it. */
  readonly descending?: boolean;
}

/** All records of the kinds that every decision needs, read at one position. */
export interface StoreContents {
  readonly position: StorePosition;
  readonly records: readonly StoredRecord[];
}

/**
 * The store of the core. Every method rejects with `StoreUnavailable` if the store cannot be reached or read; absence is
 * never guessed. `atLeast` is a position that the caller has seen: an older answer, or one from another epoch (a restored
 * store, a former primary), rejects too.
 */
export interface Store {
  position(): Promise<StorePosition>;
  /** In the order of `keys`, in one round trip and of one moment; undefined for an absent record. */
  get(keys: readonly RecordKey[], atLeast?: StorePosition): Promise<(StoredRecord | undefined)[]>;
  /** Records of one kind in the order of their ids (of the bytes of their UTF-8). */
  list(kind: RecordKey['kind'], page: RecordPage): Promise<StoredRecord[]>;
  /** Namespaces, policies and routes, complete (checked against the store's own counts) and of one moment. */
  snapshot(atLeast?: StorePosition): Promise<StoreContents>;
  /**
   * Commits all writes and their change-log entry, or nothing; resolves once they are durable. Any commit after `expected`
   * is a conflict. The last write to a key counts. An empty commit makes no revision. Throws RangeError or TypeError for a
   * key or a value that cannot be stored.
   */
  commit(expected: number, writes: readonly Write[]): Promise<CommitResult>;
  /**
   * Commits after `from`, in order, until `signal` aborts or the store is closed, which ends it without an error. After a
   * gap it goes on from the gap's position.
   */
  follow(from: StorePosition, signal: AbortSignal): AsyncIterable<StoreEvent>;
  close(): Promise<void>;
}

/** The store cannot be reached, read or written. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

/** The store has a newer format, or is not a store. */
export class StoreFormatError extends Error {
  override readonly name = 'StoreFormatError';
}

/** Whether `position` is of the same history as `other` and not before it. */
export function hasReached(position: StorePosition, other: StorePosition): boolean {
  return position.epoch === other.epoch && position.revision >= other.revision;
}

/** Throws `StoreUnavailable` if an answer at `position` is older than `atLeast`, or of another history. */
export function checkReached(position: StorePosition, atLeast: StorePosition | undefined): void {
  if (atLeast === undefined || hasReached(position, atLeast)) return;
  throw new StoreUnavailable(
    position.epoch === atLeast.epoch
      ? `the store answered from revision ${position.revision}, but revision ${atLeast.revision} was there before`
      : 'the store answered from another history than before: it was replaced or put back',
  );
}
