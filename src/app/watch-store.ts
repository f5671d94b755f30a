import type { Logger } from '../observe/logger.ts';
import { asError } from '../store/as-error.ts';
import type { Store } from '../store/port.ts';
import { createContactLog, type StoreContact } from './store-contact.ts';
import { createStoreFaults } from './store-faults.ts';

/** Whether the store can be asked. */
export interface WatchedStore {
  /** True, or that it can't: why is for the log, as anybody may ask. */
  ready(): true | string;
  contact(): StoreContact;
  close(): void;
}

const INTERVAL_MS = 1000;
const NOT_READY = 'the store can not be used now';

/** Asks the store how it is once a second, and logs when it begins and ceases to answer. */
export function watchStore(store: Store, logger: Logger): WatchedStore {
  const faults = createStoreFaults(logger);
  const noteContact = createContactLog(logger);
  let up = false;
  let at: number | undefined;
  let asking = false;
  const contact = (): StoreContact => ({ up, at, problem: faults.last });
  const ask = async () => {
    if (asking) return;
    asking = true;
    const asked = performance.now();
    try {
      await store.position();
      up = true;
      at = asked;
    } catch (error) {
      faults.note(asError(error));
      up = false;
    } finally {
      asking = false;
    }
    noteContact(contact());
  };
  void ask();
  const timer = setInterval(() => void ask(), INTERVAL_MS);
  return { ready: () => up || NOT_READY, contact, close: () => clearInterval(timer) };
}
