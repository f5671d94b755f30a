import { Worker } from 'node:worker_threads';

export interface TextToRead {
  readonly id: number;
  readonly text: string;
}

/** Either the document as JSON, or why it is not a policy. */
export interface ReadText {
  readonly canonical?: string;
  readonly problem?: string;
}

/** Reads policy text on a separate thread, because YAML takes up to 5 µs per character. */
export interface PolicyTextReader {
  /** Rejects if the thread fails. */
  read(text: string): Promise<ReadText>;
}

/** Maximum heap of the thread, in MiB. */
const HEAP = 96;

/** Starts the thread with the first text. The thread keeps the process alive only while it reads. */
export function createPolicyTextReader(startThread: () => Worker = startReading): PolicyTextReader {
  const waiting = new Map<number, { resolve: (read: ReadText) => void; reject: (error: Error) => void }>();
  let worker: Worker | undefined;
  let last = 0;

  const start = (): Worker => {
    const started = startThread();
    const fail = (error: Error) => {
      if (worker === started) worker = undefined;
      for (const { reject } of waiting.values()) reject(error);
      waiting.clear();
    };
    started.on('message', ({ id, ...read }: ReadText & { readonly id: number }) => {
      waiting.get(id)?.resolve(read);
      waiting.delete(id);
      if (waiting.size === 0) started.unref();
    });
    started.on('error', fail);
    started.on('exit', (code) => fail(new Error(`the thread that reads policies ended with ${code}`)));
    return started;
  };

  return {
    read(text) {
      return new Promise((resolve, reject) => {
        worker ??= start();
        const id = ++last;
        waiting.set(id, { resolve, reject });
        worker.ref();
        worker.postMessage({ id, text } satisfies TextToRead);
      });
    },
  };
}

export function startReading(): Worker {
  const resourceLimits = { maxOldGenerationSizeMb: HEAP };
  const built = new URL('./policy-text-worker.js', import.meta.url);
  if (!import.meta.url.endsWith('.ts')) return new Worker(built, { resourceLimits });
  // From the sources: threads of Node 20 do not inherit the loader of the main thread.
  const source = new URL('./policy-text-worker.ts', import.meta.url).href;
  const load = `import('tsx/esm/api').then(({ register }) => { register(); return import('${source}'); })`;
  return new Worker(load, { eval: true, resourceLimits });
}
