import type { Writable } from 'node:stream';
import { jsonText } from '../text/json-text.ts';

/** The end of every dry run. */
export const NOTHING_WRITTEN = 'Nothing was written.';

export function printJson(out: Writable, value: unknown): void {
  out.write(`${jsonText(value, 2)}\n`);
}

/** Whether the stream is a terminal. */
export function isTerminal(stream: Writable): boolean {
  return 'isTTY' in stream && stream.isTTY === true;
}
