import { Worker } from 'node:worker_threads';

export interface TextToRead {
  readonly id: number;
  readonly text: string;
}

/** Of the two one: the document as JSON, or why it is no policy. */
export interface ReadText {
  readonly id: number;
  readonly canonical?: string;
  readonly problem?: string;
}

/** Reads policies that are written as text on a thread of its own: YAML takes up to 5 µs a character. */
export interface PolicyTextReader {
  /** The document as JSON, or why it is no policy. Rejects if the thread fails. */
  read(text: string): Promise<Omit<ReadText, 'id'>>;
}

/** MiB that the heap of the thread may grow to. */
const HEAP = 96;

/** Starts the thread with the first text; it keeps no process alive unless a text is being read. */
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
    started.on('message', (read: ReadText) => {
      waiting.get(read.id)?.resolve(read);
      waiting.delete(read.id);
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

/** A thread that answers texts. */
export function startReading(): Worker {
  const resourceLimits = { maxOldGenerationSizeMb: HEAP };
  const built = new URL('./policy-text-worker.js', import.meta.url);
  if (!import.meta.url.endsWith('.ts')) return new Worker(built, { resourceLimits });
  // From the sources: threads of Node 20 know nothing of the loader that the main one has.
  const source = new URL('./policy-text-worker.ts', import.meta.url).href;
  const load = `import('tsx/esm/api').then(({ register }) => { register(); return import('${source}'); })`;
  return new Worker(load, { eval: true, resourceLimits });
}
