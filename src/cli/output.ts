import type { Writable } from 'node:stream';
import { escapeUnits, replaceOdd } from '../accounts/unseen-characters.ts';

/** What a dry run ends with. */
export const NOTHING_WRITTEN = 'Nothing was written.';

export function printJson(out: Writable, value: unknown): void {
  out.write(`${jsonText(value, 2)}\n`);
}

/** JSON that may be shown on a terminal, and says the same. */
export function jsonText(value: unknown, indent?: number): string {
  const text = JSON.stringify(value, null, indent);
  return replaceOdd(text, (character) => (character === '\n' ? character : escapeUnits(character)));
}

/** Text as it may be shown on a terminal: control characters, and those that are not seen, by their number. */
export function printable(text: string): string {
  return replaceOdd(text, (character) => {
    const code = (character.codePointAt(0) ?? 0).toString(16);
    return code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\u{${code}}`;
  });
}

/** The same of text of several lines. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

/** Whether somebody looks at it, rather than a file or another program. */
export function isTerminal(stream: Writable): boolean {
  return 'isTTY' in stream && stream.isTTY === true;
}
