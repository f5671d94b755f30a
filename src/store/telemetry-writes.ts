import type { CredentialId } from '../credentials/credential-id.ts';
import type { Store } from './port.ts';

/** A line of the decisions' stream. */
export interface StoredDecision {
  /** Its place in the stream, for `after`. */
  readonly cursor: string;
  /** As it was appended; untrusted, and empty for an entry that cannot be ours. */
  readonly line: string;
}

/**
 * What a sidecar writes. It makes no revision and no entry in the change log, decides nothing, and may be lost. Every method
 * rejects with `StoreUnavailable`.
 */
export interface TelemetryWrites {
  /**
   * Milliseconds since the epoch, by credential. The newest time stays. Removing a credential removes its time; a time of an
   * absent credential is ignored.
   */
  touchLastUsed(times: ReadonlyMap<CredentialId, number>): Promise<void>;
  /** In the order of `ids`; undefined for an unused credential. */
  readLastUsed(ids: readonly CredentialId[]): Promise<(number | undefined)[]>;
  /** Adds lines to a stream that keeps the newest of them, within its bound. */
  appendDecisions(lines: readonly string[]): Promise<void>;
  /** The oldest first, after a cursor or from the beginning, at most `limit`; `descending`, the newest first, before a cursor. */
  readDecisions(after: string | undefined, limit: number, descending?: boolean): Promise<StoredDecision[]>;
  /** Records that this process is alive; resolves once the store has accepted the write. */
  heartbeat(): Promise<void>;
}

/** A store, with what sidecars write beside it. */
export interface StoreWithTelemetry extends Store {
  readonly telemetry: TelemetryWrites;
}

/** 9999-12-31T23:59:59.999Z: RFC 3339 has no later year, and a Date ends some time after. */
const LATEST = 253_402_300_799_999;

/**
 * When a credential was used, as it was stored: milliseconds since the epoch, clamped to what a date can say. Sidecars write
 * these times, and nothing that one of them writes may keep an operator from reading the others. Undefined for what is no
 * time, and for the 0 of one that was never used.
 */
export function readUseTime(text: string): number | undefined {
  const time = text === 'inf' ? LATEST : Math.trunc(Number(text));
  return time > 0 ? Math.min(time, LATEST) : undefined;
}
