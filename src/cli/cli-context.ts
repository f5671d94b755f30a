import type { Readable, Writable } from 'node:stream';
import type { Config } from '../config/config.ts';
import type { Issuing } from '../resources/service-accounts.ts';
import type { Store } from '../store/port.ts';

/** What the verbs need of the world; `app.ts` joins it to the real one. */
export interface CliContext {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Opens the store that the configuration names. */
  openStore(config: Config): Promise<Store>;
  /** The key that signs credentials, and what goes with it; made on first use with the embedded store. */
  openIssuing(config: Config): Promise<Issuing>;
  /** Runs the sidecar until it is told to stop. */
  serve(config: Config): Promise<void>;
  /** Milliseconds since the epoch. */
  clock(): number;
}
