import type { Readable, Writable } from 'node:stream';
import type { Config } from '../config/config.ts';
import type { Explaining } from '../explain/simulation.ts';
import type { Issuing } from '../operations/issue-credential.ts';
import type { BackupSource, RestorableBackup, Restored } from '../store/backup.ts';
import type { Store } from '../store/port.ts';
import type { Acceptance, TelemetryRepair } from '../store/store-driver.ts';
import type { StoreWithTelemetry } from '../store/telemetry-writes.ts';

/** `--config` and `--set`. */
export interface NamedConfig {
  readonly config?: string;
  readonly set: Readonly<Record<string, string>>;
}

/** The dependencies of the verbs; `app/` provides them. */
export interface CliContext {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /**
   * Opens the store that the configuration names. Rejects with `StoreUnavailable` if the embedded one is not there.
   * @param access `read`: the embedded one is not changed
   */
  openStore(config: Config, access?: 'read' | 'write'): Promise<StoreWithTelemetry>;
  /** Creates that store and, if it is embedded, the key that signs credentials. True if the embedded store was missing. */
  createStore(config: Config): Promise<boolean>;
  /** Opens the key that signs credentials, and what issuing needs beside it. */
  openIssuing(config: Config): Promise<Issuing>;
  /** Opens what `explain` evaluates with. */
  openExplaining(config: Config, store: Store): Promise<Explaining>;
  /** Opens a snapshot of the whole store. */
  openBackup(config: Config): Promise<BackupSource>;
  /** Replaces the store by a backup. */
  restoreStore(config: Config, backup: RestorableBackup): Promise<Restored>;
  /** Opens a store that sidecars may refuse to follow. Never creates one. */
  openAcceptance(config: Config): Promise<Acceptance>;
  /** Opens the telemetry that sidecars wrote, even if it is damaged. */
  openRepair(config: Config): Promise<TelemetryRepair>;
  /** Runs the sidecar until SIGTERM or SIGINT. @param named how the configuration was named */
  serve(config: Config, named: NamedConfig): Promise<void>;
  /** Runs the admin API until SIGTERM or SIGINT. */
  serveAdmin(config: Config): Promise<void>;
  /** Child processes of `serve`. Both report their state to it, configuration errors included. */
  controlPlane(load: () => Config): Promise<void>;
  prepareStore(load: () => Config): Promise<void>;
  /** Completes the work even if standard output is closed, which otherwise ends the program. */
  uninterrupted<T>(work: () => Promise<T>): Promise<T>;
  /** Milliseconds since the epoch. */
  clock(): number;
  /** User and host name of the operating system, for the activity log. */
  readonly user: string;
  readonly host: string;
}
