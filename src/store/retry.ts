const FIRST = 50;
const LONGEST = 2000;

/**
 * Milliseconds before attempt `failures` + 1: doubled each time up to 2 s, with a random reduction of up to half, so that
 * processes that lost the same store do not reconnect at once.
 */
export function retryDelay(failures: number): number {
  const ceiling = Math.min(FIRST * 2 ** Math.min(failures - 1, 16), LONGEST);
  return ceiling * (0.5 + Math.random() / 2);
}

/** Resolves after so many milliseconds, or at once when `signal` aborts. Waiting alone keeps no process alive. */
export function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds).unref();
    signal.addEventListener('abort', end);
  });
}
