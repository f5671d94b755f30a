import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { path, setting } from '../../config/setting.ts';
import type { SettingFiles } from '../../config/setting-files.ts';
import { StoreUnavailable } from '../port.ts';
import type { ConfiguredStore, StoreCapabilities } from '../store-driver.ts';
import { DATA_FILE, TELEMETRY_FOLDER } from './store-folder.ts';

// The driver is loaded where it is used: a process takes the memory of one driver, and starts faster.

const DEFAULT_PATH = './data';
/** A change holds after 20 ms at most; looking more often costs a sidecar that has nothing to do several percent of a core. */
const POLL_INTERVAL_MS = 20;

const CAPABILITIES: StoreCapabilities = { shared: false, makesKeys: true, controlPlaneBeside: true };

const section = z.strictObject({
  path: setting(
    {
      type: 'path',
      meaning: 'Folder of the embedded store, for one machine.',
      fallback: `\`${DEFAULT_PATH}\``,
    },
    path().optional(),
  ),
});

/** With another driver the folder still holds keys that have no path of their own. */
interface EmbeddedConfig {
  readonly embedded: { readonly path: string };
}

/** The store in a folder of one machine: beside the keys that are made there. */
export const embeddedDriver = {
  label: 'the embedded store',
  capabilities: CAPABILITIES,
  sections: { embedded: section.optional() },
  configure(
    { embedded }: { readonly embedded?: z.output<typeof section> | undefined },
    { resolve }: SettingFiles,
  ): EmbeddedConfig {
    return { embedded: { path: resolve(['store', 'embedded', 'path'], embedded?.path ?? DEFAULT_PATH) } };
  },
  bind({ embedded }: EmbeddedConfig): ConfiguredStore {
    const folder = join(embedded.path, 'store');
    const refuseMissing = () => {
      if (existsSync(join(folder, DATA_FILE))) return;
      throw new StoreUnavailable(
        `there is no store in ${folder}. If it is elsewhere, go to the folder that serve runs in, or name it with --config FILE or --set store.embedded.path=FOLDER. A new one is made by sallyport serve, or by sallyport store init`,
      );
    };
    return {
      capabilities: CAPABILITIES,
      where: folder,
      isMade: () =>
        existsSync(join(folder, DATA_FILE)) && existsSync(join(folder, TELEMETRY_FOLDER, DATA_FILE)),
      refuseMissing,
      async open({ access, decisionsLength }) {
        const { openEmbeddedStore } = await import('./embedded-store.ts');
        return openEmbeddedStore({ path: folder, pollInterval: POLL_INTERVAL_MS, decisionsLength, access });
      },
      async openBackup(now) {
        refuseMissing();
        const { openBackupSource } = await import('./backup-source.ts');
        return openBackupSource(folder, now);
      },
      async restore(backup) {
        if (backup.dryRun) refuseMissing();
        const { restoreStore } = await import('./restore-store.ts');
        return restoreStore({ path: folder, ...backup });
      },
      async openAcceptance() {
        throw new Error(
          'the embedded store needs no acceptance: restart serve, and it takes the store as it is',
        );
      },
      async openRepair() {
        throw new Error(
          'store repair is for Redis, where a sidecar has rights of its own: in the embedded store, stop serve and remove the folder store/side, and it is made anew',
        );
      },
    };
  },
};
