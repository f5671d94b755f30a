import { join } from 'node:path';
import type { RestorableBackup } from '../cli/cli-context.ts';
import type { Config } from '../config/config.ts';
import type { Restored, StoreSnapshot } from '../store/backup.ts';
import { openEmbeddedStore } from '../store/embedded/embedded-store.ts';
import { restoreStore } from '../store/embedded/restore-store.ts';
import { openSnapshot } from '../store/embedded/snapshot.ts';
import type { Store } from '../store/port.ts';

/** A change holds after 20 ms at most; looking more often costs a sidecar that has nothing to do several percent of a core. */
const POLL_INTERVAL_MS = 20;

/** The store in its own folder of the configured one, beside the keys that are made there. */
export function openStore(config: Config): Promise<Store> {
  return openEmbeddedStore({
    path: storeFolder(config),
    pollInterval: POLL_INTERVAL_MS,
  });
}

export function openStoreSnapshot(config: Config): Promise<StoreSnapshot> {
  return openSnapshot(storeFolder(config), Date.now());
}

export function restoreBackup(config: Config, backup: RestorableBackup): Promise<Restored> {
  return restoreStore({ path: storeFolder(config), ...backup });
}

/** Beside the keys, where these have no folder of their own. */
function storeFolder(config: Config): string {
  return join(config.store.embedded.path, 'store');
}
