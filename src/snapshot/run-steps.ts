/** Milliseconds of work before the event loop runs. */
const SLICE = 1;

/** A point at which work can pause. If it is a promise, the work must wait for it. */
export type Step = void | Promise<void>;

/** Runs all steps synchronously. Throws if a step is a promise. */
export function runSteps<T>(steps: Iterator<Step, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    if (step.value instanceof Promise) throw new Error('a synchronous run met a promise');
  }
}

/** Runs the steps in slices, so that the event loop can serve calls between them. */
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

/** Returns a function for long asynchronous work to await between its steps, which lets the event loop run. */
export function takeTurns(): () => Promise<void> {
  let end = performance.now() + SLICE;
  return async () => {
    if (performance.now() < end) return;
    await new Promise<void>((resolve) => setImmediate(resolve));
    end = performance.now() + SLICE;
  };
}
