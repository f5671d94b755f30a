import type { Report, SettingFiles } from '../config/setting-files.ts';
import { embeddedDriver } from './embedded/embedded-driver.ts';
import { redisDriver } from './redis/redis-driver.ts';
import type { ConfiguredStore, StoreCapabilities } from './store-driver.ts';

/** One entry a driver. The first is used if none of the others is configured. */
const DRIVERS = [embeddedDriver, redisDriver] as const;
const [DEFAULT, ...OTHERS] = DRIVERS;

type Driver = (typeof DRIVERS)[number];
type Merged<Part> = (Part extends unknown ? (part: Part) => void : never) extends (part: infer All) => void
  ? All
  : never;

function merge<Part extends object>(parts: readonly Part[]): Merged<Part> {
  return Object.assign({}, ...parts);
}

/** The sections of `store`, by their names. */
export const STORE_SECTIONS = merge(DRIVERS.map(({ sections }) => sections));

/** These sections as they were written. */
export type StoreSettings = Parameters<Driver['configure']>[0];
/** The same in the program's own words. */
export type StoreConfig = Merged<ReturnType<Driver['configure']>>;

/** Reports files that can't be used. */
export function configureStore(settings: Merged<StoreSettings>, files: SettingFiles): StoreConfig {
  return merge(DRIVERS.map((driver) => driver.configure(settings, files)));
}

/** The driver that these settings choose: its name for people, and what it can do. */
export function chosenDriver(settings: Merged<StoreSettings>): {
  readonly label: string;
  readonly capabilities: StoreCapabilities;
} {
  return OTHERS.find((driver) => driver.isChosen(settings)) ?? DEFAULT;
}

/** What no section of `store` can tell by itself. @param checkTimeout milliseconds */
export function crossCheckStore(settings: Merged<StoreSettings>, checkTimeout: number, report: Report): void {
  for (const driver of OTHERS) driver.crossCheck(settings, checkTimeout, report);
}

export function storeOf({ store }: { readonly store: StoreConfig }): ConfiguredStore {
  return (
    OTHERS.map((driver) => driver.bind(store)).find((bound) => bound !== undefined) ?? DEFAULT.bind(store)
  );
}
