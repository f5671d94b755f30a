import type { WatchedFiles } from '../files/watch-files.ts';
import type { BackupSource, RestorableBackup, Restored } from './backup.ts';
import type { StorePosition } from './port.ts';
import type { RecordKind } from './record.ts';
import type { StoreWithTelemetry } from './telemetry-writes.ts';

/** What a kind of store means for the processes that use it. */
export interface StoreCapabilities {
  /** Many machines use one store: it may be unavailable at their start, and each change makes all of them read at once. */
  readonly shared: boolean;
  /** The machine of the store makes it, and its keys, on first start. Otherwise an operator hands out keys. */
  readonly makesKeys: boolean;
  /** `serve` starts the control plane beside itself. Otherwise that is `sallyport admin`, and a sidecar holds no key that signs credentials. */
  readonly controlPlaneBeside: boolean;
}

export interface OpenStoreOptions {
  /** `read`: for a process that changes no record. */
  readonly access: 'read' | 'write';
  /** Decisions that their stream keeps, about. */
  readonly decisionsLength: number;
  /** Called with what an operator should know about the store. */
  onWarning?(warning: string): void;
  /** Of a process that serves: what the configuration names is watched, and a shared store that is unavailable is tried again. */
  readonly files?: FileWatcher;
}

export interface FileWatcher {
  /** @param setting names the files for the log */
  watch<Content>(
    setting: string,
    paths: readonly string[],
    load: () => Content,
  ): Promise<WatchedFiles<Content>>;
}

/** The store that a configuration names. An operation that its kind lacks rejects with the reason. */
export interface ConfiguredStore {
  readonly capabilities: StoreCapabilities;
  /** Names it for people. */
  readonly where: string;
  /** False if files of the store are missing. True where only opening the store can tell. */
  isMade(): boolean;
  /** Throws `StoreUnavailable` if the store is known to be missing, so that the CLI does not make one by mistake. */
  refuseMissing(): void;
  open(options: OpenStoreOptions): Promise<StoreWithTelemetry>;
  /** Everything that the store holds, of one moment. @param now milliseconds since the epoch */
  openBackup(now: number): Promise<BackupSource>;
  restore(backup: RestorableBackup): Promise<Restored>;
  /** Inspects a store that sidecars may refuse to follow. */
  openAcceptance(): Promise<Acceptance>;
  /** Inspects what sidecars wrote beside the records. */
  openRepair(): Promise<TelemetryRepair>;
}

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
