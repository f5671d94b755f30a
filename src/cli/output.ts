import type { Writable } from 'node:stream';
import Table from 'cli-table3';
import { jsonText } from '../text/json-text.ts';
import { printable } from '../text/printable.ts';

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

/** Whether somebody looks at it, rather than a file or another program. */
export function isTerminal(stream: Writable): boolean {
  return 'isTTY' in stream && stream.isTTY === true;
}
