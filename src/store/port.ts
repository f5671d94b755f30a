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
 * What a follower is told.
 * - `commit`: what one commit touched; the next revision after the one before. What it takes away counts, but it proves no
 *   contact: a primary that was cut off from the others may commit, too.
 * - `gap`: what came between is not known, read everything again. Its position is older than the follower's, or of
 *   another epoch, where the store went backwards or was replaced.
 * - `contact`: the store itself said just now that nothing came after `position`; first as soon as that is known, then at
 *   least once a second while it stays so. `asked` is when it was asked, on the clock of `performance.now()`, where the
 *   answer may have been on its way for a while: it proves nothing of the time since. `writable: false` where it is the one,
 *   and yet takes no writes now: nothing can have been revoked meanwhile, and nothing can be.
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
export interface StoreSnapshot {
  readonly position: StorePosition;
  readonly records: readonly StoredRecord[];
}

/**
 * What the core asks of a store; DESIGN §7. Every method rejects with `StoreUnavailable` where the store can't be
 * reached or read: absence is never guessed. `atLeast` says what the caller knows already: an answer from before it, or
 * from another epoch (a store put back to an older state, a primary that no longer is one), rejects the same way.
 */
export interface Store {
  position(): Promise<StorePosition>;
  /** In the order asked for, in one round trip and of one moment; undefined where there is no such record. */
  get(keys: readonly RecordKey[], atLeast?: StorePosition): Promise<(StoredRecord | undefined)[]>;
  /** Records of one kind in the order of their ids (of the bytes of their UTF-8). */
  list(kind: RecordKey['kind'], page: RecordPage): Promise<StoredRecord[]>;
  /** Namespaces, policies and routes, complete (checked against the store's own counts) and of one moment. */
  snapshot(atLeast?: StorePosition): Promise<StoreSnapshot>;
  /**
   * All writes and their change-log entry, or nothing; resolves once they are durable. A conflict where anything was
   * committed after the revision that the writes were worked out from. The last write to a key counts. No writes make no
   * revision. Throws RangeError or TypeError for a key or a value that no store could keep.
   */
  commit(expected: number, writes: readonly Write[]): Promise<CommitResult>;
  /**
   * Commits after `from`, in order, until `signal` aborts or the store is closed, which ends it without an error. After a
   * gap it goes on from the gap's position.
   */
  follow(from: StorePosition, signal: AbortSignal): AsyncIterable<StoreEvent>;
  close(): Promise<void>;
}

/** The store can't be reached, read or written; the cause says why. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

/** What is there is not a store that this version can use: a newer format, or something else altogether. */
export class StoreFormatError extends Error {
  override readonly name = 'StoreFormatError';
}

/** Whether `position` is of the same history as `other` and not before it. */
export function hasReached(position: StorePosition, other: StorePosition): boolean {
  return position.epoch === other.epoch && position.revision >= other.revision;
}

/** Throws `StoreUnavailable` where an answer given at `position` is older than what the caller knows already. */
export function checkReached(position: StorePosition, atLeast: StorePosition | undefined): void {
  if (atLeast === undefined || hasReached(position, atLeast)) return;
  throw new StoreUnavailable(
    position.epoch === atLeast.epoch
      ? `the store answered from revision ${position.revision}, but revision ${atLeast.revision} was there before`
      : 'the store answered from another history than before: it was replaced or put back',
  );
}
