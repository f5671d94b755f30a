import { stripVTControlCharacters } from 'node:util';
import Table from 'cli-table3';
import { isTerminal } from './output.ts';
import { type Cell, formatCell, paint, type Screen } from './screen.ts';

const NO_LINES = Object.fromEntries(
  ['top', 'bottom', 'left', 'mid', 'right'].flatMap((part) =>
    [part, `${part}-mid`, `${part}-left`, `${part}-right`].map((name) => [name, '']),
  ),
);

/**
 * A table without lines, as terminals and `awk` like it. Control characters are shown as what they are. The last column is
 * cut where a terminal is too narrow.
 */
export function printTable(
  screen: Screen,
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
): void {
  const cells = [
    head.map((name) => paint(screen, name, 'faint')),
    ...rows.map((row) => row.map((cell) => formatCell(screen, cell))),
  ];
  const room = roomForLast(screen, cells);
  screen.stdout.write(
    `${render(cells, room === undefined ? [] : [...head.slice(1).map(() => null), room])}\n`,
  );
}

function render(cells: readonly (readonly string[])[], colWidths: (number | null)[]): string {
  const table = new Table({
    colWidths,
    chars: { ...NO_LINES, middle: '  ' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  table.push(...cells.map((row) => [...row]));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** Columns of a terminal that are left for the last of a table; undefined if it takes no more than there are. */
function roomForLast({ stdout }: Screen, cells: readonly (readonly string[])[]): number | undefined {
  const columns = isTerminal(stdout) && 'columns' in stdout ? Number(stdout.columns) : 0;
  if (!(columns > 0)) return undefined;
  const widthOf = (text: string) =>
    Math.max(...text.split('\n').map((line) => stripVTControlCharacters(line).length));
  if (widthOf(render(cells, [])) <= columns) return undefined;
  const others = widthOf(
    render(
      cells.map((row) => [...row.slice(0, -1), '|']),
      [],
    ),
  );
  return Math.max(columns - others + 1, LEAST_ROOM);
}

const LEAST_ROOM = 8;

/** Names and values under each other. */
export function printFields(screen: Screen, fields: readonly (readonly [string, Cell])[]): void {
  screen.stdout.write(formatFields(screen, fields));
}

export function formatFields(screen: Screen, fields: readonly (readonly [string, Cell])[]): string {
  const width = Math.max(...fields.map(([name]) => name.length));
  return fields
    .map(
      ([name, cell]) => `${paint(screen, name.padEnd(width), 'faint')}  ${formatCell(screen, cell, true)}\n`,
    )
    .join('');
}
