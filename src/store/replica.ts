import type { Store, StoreContents, StorePosition } from './port.ts';
import type { RecordCache } from './record-cache.ts';

/** How many records of each kind are kept in memory at most. */
export interface ReplicaLimits {
  readonly credentials: number;
  readonly accounts: number;
  readonly directoryUsers: number;
}

export interface ReplicaOptions<P> {
  readonly store: Store;
  /** Builds the snapshot. A record that it cannot use must fail closed, not throw. */
  build(snapshot: StoreContents, previous: P | undefined): P | Promise<P>;
  /** Called with the first snapshot. */
  onReady?(snapshot: P): void;
  /** Called with each later snapshot. */
  onSnapshot?(snapshot: P): void;
  /** Called with each failure to follow the store or to read it; the replica goes on trying by itself. */
  onFault?(fault: Error): void;
  /** If the first snapshot can't be read now, the replica opens all the same, and goes on trying. Default false. */
  readonly awaited?: boolean;
  /** Called with each reason why the first snapshot can't be read, once while it stays the same. */
  onAwaiting?(fault: Error): void;
  /** Milliseconds that a reload of the snapshot may wait, at random. Default 0. */
  readonly reloadJitter?: number;
  /** Default 15,000, and 5,000 directory users. */
  readonly limits?: ReplicaLimits;
}

/** `live`: following the store; `stale`: cut off from it, or unable to use what it says. */
export type ReplicaState = 'live' | 'stale' | 'closed';

/** The store in memory: the whole snapshot, and other records on demand. Both follow the store. */
export interface Replica<P> {
  /** Why the first snapshot could not be read yet; undefined once it was. Until then, what needs it throws `StoreUnavailable`. */
  readonly awaiting: string | undefined;
  /** Immutable; another one after each change. */
  readonly snapshot: P;
  readonly credentials: RecordCache<'credential'>;
  readonly accounts: RecordCache<'service_account'>;
  readonly directoryUsers: RecordCache<'directory_user'>;
  /** Everything in memory shows at least what was committed up to here. */
  readonly position: StorePosition;
  readonly state: ReplicaState;
  /** When everything in memory was last known to be current; on the clock of `performance.now()`. */
  readonly lastContact: number;
  /** Whether the store took writes when it was last heard from. */
  readonly writable: boolean;
  /** Resolves when `position` has reached the revision; rejects with `StoreUnavailable` when the replica is closed. */
  caughtUp(revision: number): Promise<void>;
  /** Stops following; the store stays open. */
  close(): Promise<void>;
}
