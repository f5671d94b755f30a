import type { Writable } from 'node:stream';
import { jsonText } from '../text/json-text.ts';

/** What a dry run ends with. */
export const NOTHING_WRITTEN = 'Nothing was written.';

export function printJson(out: Writable, value: unknown): void {
  out.write(`${jsonText(value, 2)}\n`);
}

/** Whether somebody looks at it, rather than a file or another program. */
export function isTerminal(stream: Writable): boolean {
  return 'isTTY' in stream && stream.isTTY === true;
}
