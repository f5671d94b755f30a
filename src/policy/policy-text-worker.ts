import { setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { canonicalPolicy } from './compile-policy.ts';
import { PolicyError } from './policy-error.ts';
import type { ReadText, TextToRead } from './policy-text-reader.ts';

// On Linux this sets the priority of this thread only, so that it does not delay Checks.
setPriority(10);

parentPort?.on('message', ({ id, text }: TextToRead) => {
  parentPort?.postMessage({ id, ...read(text) });
});

function read(text: string): ReadText {
  try {
    return { canonical: canonicalPolicy(text) };
  } catch (error) {
    if (error instanceof PolicyError) return { problem: error.message };
    throw error;
  }
}
