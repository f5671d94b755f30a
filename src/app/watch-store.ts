import { asError } from '../store/as-error.ts';
import type { Store } from '../store/port.ts';

/** Whether the store can be asked. */
export interface WatchedStore {
  /** True, or why not. */
  ready(): true | string;
  close(): void;
}

const INTERVAL_MS = 1000;

/** Asks the store how it is once a second. @param onFault told when that begins to fail */
export function watchStore(store: Store, onFault: (fault: Error) => void): WatchedStore {
  let state: true | string = 'the store was not asked yet';
  let asking = false;
  const ask = async () => {
    if (asking) return;
    asking = true;
    try {
      await store.position();
      state = true;
    } catch (error) {
      const fault = asError(error);
      if (state !== fault.message) onFault(fault);
      state = fault.message;
    } finally {
      asking = false;
    }
  };
  void ask();
  const timer = setInterval(() => void ask(), INTERVAL_MS);
  return { ready: () => state, close: () => clearInterval(timer) };
}
