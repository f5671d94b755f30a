import { asError } from '../store/as-error.ts';
import type { Store } from '../store/port.ts';

/** Whether the store can be asked. */
export interface WatchedStore {
  /** True, or that it can't: why is for the log, as anybody may ask. */
  ready(): true | string;
  close(): void;
}

const INTERVAL_MS = 1000;
const NOT_READY = 'the store can not be used now';

/** Asks the store how it is once a second. @param onFault told when that begins to fail */
export function watchStore(store: Store, onFault: (fault: Error) => void): WatchedStore {
  let ready = false;
  let told: string | undefined;
  let asking = false;
  const ask = async () => {
    if (asking) return;
    asking = true;
    try {
      await store.position();
      ready = true;
      told = undefined;
    } catch (error) {
      const fault = asError(error);
      if (told !== fault.message) onFault(fault);
      told = fault.message;
      ready = false;
    } finally {
      asking = false;
    }
  };
  void ask();
  const timer = setInterval(() => void ask(), INTERVAL_MS);
  return { ready: () => ready || NOT_READY, close: () => clearInterval(timer) };
}
