import type { StorePosition } from './port.ts';
import type { RecordKind } from './record.ts';

/** A store that sidecars may refuse to follow, because it went backwards or was replaced. */
export interface FoundStore {
  /** Names it for people. */
  readonly where: string;
  readonly position: StorePosition;
  readonly counts: Readonly<Record<RecordKind, number>>;
}

/** An operator's confirmation that sidecars shall follow the store as it is. */
export interface Acceptance {
  readonly found: FoundStore;
  /**
   * Accepts the store: every sidecar reads everything again and follows it. Rejects with `StoreUnavailable`, also if the
   * store is no longer `found`.
   * @param now milliseconds since the epoch
   */
  accept(now: number): Promise<StorePosition>;
  close(): void;
}
