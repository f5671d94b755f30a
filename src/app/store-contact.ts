import { logEvent } from '../observe/log-event.ts';
import type { Logger } from '../observe/logger.ts';

/** How the store was heard from. */
export interface StoreContact {
  /** Whether it answers now. */
  readonly up: boolean;
  /** When it last did, on the clock of `performance.now()`; undefined before the first time. */
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
