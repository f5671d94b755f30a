import { logEvent } from '../observe/log-event.ts';
import type { Logger } from '../observe/logger.ts';
import { asError } from '../store/as-error.ts';
import { type Store, StoreUnavailable } from '../store/port.ts';

/** The contact with the store. */
export interface StoreContact {
  /** Whether it answers now. */
  readonly up: boolean;
  /** When it last answered, on the clock of `performance.now()`; undefined before the first time. */
  readonly at: number | undefined;
  /** Why it does not. */
  readonly problem: string;
}

/** Milliseconds until Checks fail if there is no contact until then. */
export function timeLeft(at: number, maxStalenessMs: number): number {
  return Math.max(0, at + maxStalenessMs - performance.now());
}

/**
 * Logs one line when contact is lost and one when it is back.
 * @param maxStalenessMs how long Checks are answered from memory; undefined for a process that answers none
 * @returns to be called with the contact of now, again and again
 */
export function createContactLog(logger: Logger, maxStalenessMs?: number): (contact: StoreContact) => void {
  /** The last contact before it was lost; undefined while there is contact. */
  let lostAt: number | undefined;
  return ({ up, at, problem }) => {
    if (up && lostAt !== undefined) {
      logEvent(logger, 'store-back', { away_s: toSeconds(performance.now() - lostAt) });
      lostAt = undefined;
    } else if (!up && lostAt === undefined) {
      lostAt = at ?? performance.now();
      const left = maxStalenessMs === undefined ? undefined : timeLeft(lostAt, maxStalenessMs);
      logEvent(logger, 'store-lost', {
        problem,
        ...(left !== undefined && { checks_fail_in_s: toSeconds(left) }),
      });
    }
  };
}

/** To a tenth, as people read it. */
export function toSeconds(milliseconds: number): number {
  return Math.round(milliseconds / 100) / 10;
}

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

/** Whether the store answers. */
export interface WatchedStore {
  /** True, or a fixed text: the cause is for the log only, because probes are public. */
  ready(): true | string;
  contact(): StoreContact;
  close(): void;
}

const INTERVAL_MS = 1000;
const NOT_READY = 'the store is unavailable';

/** Polls the store once a second, and logs when it starts and stops answering. */
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
