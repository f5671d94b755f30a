import { asError } from '../store/as-error.ts';
import { type Store, StoreUnavailable } from '../store/port.ts';
import { retryDelay, wait } from '../store/retry.ts';
import { type CredentialCounts, countCredentials } from './count-credentials.ts';

/** Counts of active credentials, kept up to date. */
export interface WatchedCredentials {
  /** Undefined before the first count, and while the store can't be read: an old count would hide that. */
  counts(): CredentialCounts | undefined;
  /** Resolves once the store is no longer read. */
  close(): Promise<void>;
}

export interface WatchCredentialsOptions {
  readonly store: Store;
  now(): number;
  /** Called once for each fault, as long as it stays the same. Not that the store is unavailable, which others tell. */
  onFault(fault: Error): void;
  /** Milliseconds between two counts, at least. Default 5 minutes. */
  readonly interval?: number;
}

const INTERVAL_MS = 5 * 60_000;
/** Of the time at most this part is spent on counting, however many credentials there are. */
const SHARE = 1 / 50;

function restAfter(began: number, least: number): number {
  return Math.max(least, (performance.now() - began) / SHARE);
}

/** Counts again and again, so that reading the counts costs nothing. */
export function watchCredentials({
  store,
  now,
  onFault,
  interval = INTERVAL_MS,
}: WatchCredentialsOptions): WatchedCredentials {
  const closing = new AbortController();
  const { signal } = closing;
  let counts: CredentialCounts | undefined;
  let failures = 0;
  let reported: string | undefined;
  const count = async (): Promise<number> => {
    const began = performance.now();
    try {
      counts = await countCredentials(store, now(), signal);
      failures = 0;
      reported = undefined;
      return restAfter(began, interval);
    } catch (error) {
      counts = undefined;
      failures += 1;
      const fault = asError(error);
      const isOwn = !signal.aborted && !(fault instanceof StoreUnavailable);
      if (isOwn && reported !== fault.message) onFault(fault);
      reported = fault.message;
      return restAfter(began, retryDelay(failures));
    }
  };
  const running = (async () => {
    while (!signal.aborted) await wait(await count(), signal);
  })();
  return {
    counts: () => counts,
    close() {
      closing.abort();
      return running;
    },
  };
}
