/** Milliseconds that work may take before others have their turn. */
const SLICE = 1;

/** Work that may be left off between its steps, at once. */
export function runSteps<T>(steps: Iterator<unknown, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** The same a little at a time, so that calls which come meanwhile are not kept waiting for it. */
export async function runStepsInSlices<T>(steps: Iterator<unknown, T>): Promise<T> {
  for (;;) {
    const end = performance.now() + SLICE;
    do {
      const step = steps.next();
      if (step.done) return step.value;
    } while (performance.now() < end);
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

/** For long work that awaits anyway: what it returns is awaited between steps, and lets others have their turn. */
export function takeTurns(): () => Promise<void> {
  let end = performance.now() + SLICE;
  return async () => {
    if (performance.now() < end) return;
    await new Promise<void>((resolve) => setImmediate(resolve));
    end = performance.now() + SLICE;
  };
}
