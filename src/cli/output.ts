import type { Writable } from 'node:stream';
import Table from 'cli-table3';
import { escapeUnits, replaceOdd } from '../accounts/unseen-characters.ts';

const NO_LINES = Object.fromEntries(
  [
    'top',
    'top-mid',
    'top-left',
    'top-right',
    'bottom',
    'bottom-mid',
    'bottom-left',
    'bottom-right',
    'left',
    'left-mid',
    'mid',
    'mid-mid',
    'right',
    'right-mid',
  ].map((part) => [part, '']),
);

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

/** A table without lines, as terminals and `awk` like it. Control characters are shown as what they are. */
export function printTable(
  out: Writable,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): void {
  const table = new Table({
    head: [...head],
    chars: { ...NO_LINES, middle: '  ' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  table.push(...rows.map((row) => row.map(printable)));
  out.write(`${trimLines(table.toString())}\n`);
}

/** Names and values under each other. */
export function printFields(out: Writable, fields: readonly (readonly [string, string])[]): void {
  out.write(fieldsText(fields));
}

export function fieldsText(fields: readonly (readonly [string, string])[]): string {
  const width = Math.max(...fields.map(([name]) => name.length));
  return fields.map(([name, value]) => `${name.padEnd(width)}  ${printable(value)}\n`).join('');
}

function trimLines(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
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
