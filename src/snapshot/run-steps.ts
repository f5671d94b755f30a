/** Milliseconds that work may take before others have their turn. */
const SLICE = 1;

/** A place at which work may be left off, and may have to be until something is done elsewhere. */
export type Step = void | Promise<void>;

/** Work that may be left off between its steps, at once. It must not have to wait. */
export function runSteps<T>(steps: Iterator<Step, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    if (step.value instanceof Promise) throw new Error('the work has to wait');
  }
}

/** The same a little at a time, so that calls which come meanwhile are not kept waiting for it. */
export async function runStepsInSlices<T>(steps: Iterator<Step, T>): Promise<T> {
  for (;;) {
    const end = performance.now() + SLICE;
    do {
      const step = steps.next();
      if (step.done) return step.value;
      if (step.value instanceof Promise) await step.value;
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
