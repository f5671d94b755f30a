/** What sidecars write beside the records. It decides nothing. */
export const TELEMETRY_PARTS = ['last-used', 'decisions', 'heartbeats'] as const;
export type TelemetryPart = (typeof TELEMETRY_PARTS)[number];

export interface RepairedTelemetry {
  /** Credentials that have an entry again, and how many times were plausible and kept. */
  readonly lastUsed: { readonly credentials: number; readonly kept: number } | undefined;
  /** Whether there were any. */
  readonly decisions: boolean | undefined;
  /** How many were removed. */
  readonly heartbeats: number | undefined;
}

/** Makes the keys that sidecars write usable again, whatever they hold. */
export interface TelemetryRepair {
  /** Names the store for people. */
  readonly where: string;
  /** The type of each part's key, such as `stream`; `none` for an absent key. Heartbeats have many keys. */
  readonly types: { readonly 'last-used': string; readonly decisions: string };
  /**
   * Rejects with `StoreUnavailable`.
   * @param now milliseconds since the epoch; times after it are forged
   */
  repair(parts: readonly TelemetryPart[], now: number): Promise<RepairedTelemetry>;
  close(): void;
}
