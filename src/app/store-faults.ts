import { logEvent } from '../observe/log-event.ts';
import type { Logger } from '../observe/logger.ts';
import { StoreUnavailable } from '../store/port.ts';

/** Why the store could not be used. */
export interface StoreFaults {
  /** Logs each other fault once. An unavailable store is logged by the contact log (`store-lost`). */
  note(fault: Error): void;
  /** The last reason; empty before the first. */
  readonly last: string;
}

export function createStoreFaults(logger: Logger): StoreFaults {
  let last = '';
  let logged: string | undefined;
  return {
    note(fault) {
      last = fault.message;
      if (fault instanceof StoreUnavailable) return;
      if (logged !== last) logEvent(logger, 'store-fault', { fault });
      logged = last;
    },
    get last() {
      return last;
    },
  };
}
