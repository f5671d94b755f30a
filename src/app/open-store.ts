import type { Config } from '../config/config.ts';
import { storeOf } from '../store/drivers.ts';
import type { OpenStoreOptions } from '../store/store-driver.ts';
import type { StoreWithTelemetry } from '../store/telemetry-writes.ts';

/** The configured store. Rejects with `StoreUnavailable` or `StoreFormatError`. */
export function openStore(
  config: Config,
  options: Partial<Omit<OpenStoreOptions, 'decisionsLength'>> = {},
): Promise<StoreWithTelemetry> {
  return storeOf(config).open({ access: 'write', decisionsLength: config.decisions.keep, ...options });
}

/** Makes a missing store. True if the embedded store was missing. */
export async function createStore(config: Config): Promise<boolean> {
  const missing = !storeOf(config).isMade();
  const store = await openStore(config);
  try {
    // Opens the telemetry files, which makes them.
    await store.telemetry.readLastUsed([]);
  } finally {
    await store.close();
  }
  return missing;
}
