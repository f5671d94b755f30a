/** What sidecars write beside the records; none of it decides anything. */
export const TELEMETRY_PARTS = ['last-used', 'decisions', 'heartbeats'] as const;
export type TelemetryPart = (typeof TELEMETRY_PARTS)[number];

export interface RepairedTelemetry {
  /** Credentials whose times there is room for again, and how many of the times were plausible and stayed. */
  readonly lastUsed: { readonly credentials: number; readonly kept: number } | undefined;
  /** Whether any were there; they are gone. */
  readonly decisions: boolean | undefined;
  /** How many were removed. */
  readonly heartbeats: number | undefined;
}

/** Makes what sidecars write usable again, whatever one of them has made of it. */
export interface TelemetryRepair {
  /** Names the store for people. */
  readonly where: string;
  /** The type of each part's key, such as `stream`; `none` where there is no key. Heartbeats have many keys. */
  readonly types: { readonly 'last-used': string; readonly decisions: string };
  /**
   * Rejects with `StoreUnavailable`.
   * @param now milliseconds since the epoch; times after it are forged
   */
  repair(parts: readonly TelemetryPart[], now: number): Promise<RepairedTelemetry>;
  close(): void;
}
