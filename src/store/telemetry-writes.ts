import type { CredentialId } from '../credentials/credential-id.ts';
import type { Store } from './port.ts';

/** A line of the decisions' stream. */
export interface StoredDecision {
  /** Where it is in the stream; later ones are greater, and `after` takes it. */
  readonly cursor: string;
  /** As it was appended; not to be trusted, and empty where what is there can't be one of ours. */
  readonly line: string;
}

/**
 * The little that a sidecar writes. None of it makes a revision or an entry in the change log, none of it decides
 * anything, and any of it may be lost. Everything rejects with `StoreUnavailable` where the store can't be reached.
 */
export interface TelemetryWrites {
  /**
   * Milliseconds since the epoch, by credential: an account was last used when one of its credentials was. Of what several
   * sidecars say the newest stays; the commit that removes a credential removes its time too, and what is said of one that
   * is not there is not kept.
   */
  touchLastUsed(times: ReadonlyMap<CredentialId, number>): Promise<void>;
  /** In the order asked for; undefined where a credential has never been used. */
  readLastUsed(ids: readonly CredentialId[]): Promise<(number | undefined)[]>;
  /** Adds lines to a stream that keeps the newest of them, within its bound. */
  appendDecisions(lines: readonly string[]): Promise<void>;
  /** The oldest first, after a cursor or from the beginning, at most `limit`; `descending`, the newest first, before a cursor. */
  readDecisions(after: string | undefined, limit: number, descending?: boolean): Promise<StoredDecision[]>;
  /** Says that this process is alive; resolves where the store took the write. */
  heartbeat(): Promise<void>;
}

/** A store, with what sidecars write beside it. */
export interface StoreWithTelemetry extends Store {
  readonly side: TelemetryWrites;
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
