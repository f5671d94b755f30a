import type { StorePosition } from './port.ts';
import type { RecordKind } from './record.ts';

/** What is in a store that sidecars may refuse to follow, because it is not what they saw before. */
export interface FoundStore {
  /** Names it for people. */
  readonly where: string;
  readonly position: StorePosition;
  readonly counts: Readonly<Record<RecordKind, number>>;
}

/** A person's word that a store which was put back or replaced is the one to follow from now on. */
export interface Acceptance {
  readonly found: FoundStore;
  /**
   * Takes what is there as the truth: every sidecar reads everything again and follows it. Rejects with `StoreUnavailable`,
   * and where it is no longer what was found.
   * @param now milliseconds since the epoch
   */
  accept(now: number): Promise<StorePosition>;
  close(): void;
}
