/** SIGINT came before anything was written. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  constructor() {
    super('interrupted: nothing was changed');
  }
}

/**
 * Runs work that looks at the signal where it may still be called off, so that it ends by itself. A second SIGINT ends
 * the process at once, which loses nothing either: a commit is whole or not there.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const interrupt = () => controller.abort(new Interrupted());
  process.once('SIGINT', interrupt);
  try {
    return await work(controller.signal);
  } finally {
    process.off('SIGINT', interrupt);
  }
}
