import type { Readable, Writable } from 'node:stream';
import type { Config } from '../config/config.ts';
import type { Explaining } from '../explain/simulation.ts';
import type { Issuing } from '../operations/issue-credential.ts';
import type { Acceptance } from '../store/acceptance.ts';
import type { BackupSource, RestorableBackup, Restored } from '../store/backup.ts';
import type { Store } from '../store/port.ts';
import type { TelemetryRepair } from '../store/telemetry-repair.ts';
import type { StoreWithTelemetry } from '../store/telemetry-writes.ts';

/** `--config` and `--set`. */
export interface NamedConfig {
  readonly config?: string;
  readonly set: Readonly<Record<string, string>>;
}

/** What the verbs need of the world; `app.ts` joins it to the real one. */
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
  /** Makes that store, and with the embedded one the key that signs credentials. True if the embedded store was missing. */
  createStore(config: Config): Promise<boolean>;
  /** The key that signs credentials, and what goes with it. */
  openIssuing(config: Config): Promise<Issuing>;
  /** What `explain` judges with. */
  openExplaining(config: Config, store: Store): Promise<Explaining>;
  /** Everything that the store holds, of one moment. */
  openBackup(config: Config): Promise<BackupSource>;
  /** Makes the store hold what a backup holds. */
  restoreStore(config: Config, backup: RestorableBackup): Promise<Restored>;
  /** Looks at a store that sidecars may not follow, without making one. */
  openAcceptance(config: Config): Promise<Acceptance>;
  /** Looks at what sidecars wrote beside the records, whatever has become of it. */
  openRepair(config: Config): Promise<TelemetryRepair>;
  /** Runs the sidecar until it is told to stop. @param named how the configuration was named */
  serve(config: Config, named: NamedConfig): Promise<void>;
  /** Runs the admin API until it is told to stop. */
  serveAdmin(config: Config): Promise<void>;
  /** What `serve` starts beside itself; both tell it how they fare, mistakes of the configuration included. */
  controlPlane(load: () => Config): Promise<void>;
  prepareStore(load: () => Config): Promise<void>;
  /** Work that goes on to its end if standard output is closed, which otherwise ends the program. */
  uninterrupted<T>(work: () => Promise<T>): Promise<T>;
  /** Milliseconds since the epoch. */
  clock(): number;
  /** Who runs this, and where: the operating system's names, for the activity log. */
  readonly user: string;
  readonly host: string;
}
