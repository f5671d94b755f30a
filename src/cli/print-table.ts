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
 * A table without lines, as terminals and `awk` like it. Control characters are shown as what they are. Where a terminal is
 * too narrow, the last column is cut, or columns are left out from the last on, with `…` at the end of the head.
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
  screen.stdout.write(`${fit(cells, columnsOf(screen))}\n`);
}

function columnsOf({ stdout }: Screen): number {
  const columns = isTerminal(stdout) && 'columns' in stdout ? Number(stdout.columns) : 0;
  return columns > 0 ? columns : Number.POSITIVE_INFINITY;
}

function fit(cells: readonly (readonly string[])[], columns: number, isCut = false): string {
  const text = render(cells, []);
  if (columns === Number.POSITIVE_INFINITY || widthOf(text) <= columns) {
    const [head = '', ...rows] = text.split('\n');
    return isCut && widthOf(head) + 2 <= columns ? [`${head} …`, ...rows].join('\n') : text;
  }
  const others = cells.map((row) => row.slice(0, -1));
  const count = others[0]?.length ?? 0;
  const room = columns - widthOf(render(others, [])) - GAP.length;
  if (count === 0 || (room >= LEAST_ROOM && !isCut))
    return render(cells, [...Array<null>(count).fill(null), room]);
  return fit(others, columns, true);
}

function widthOf(text: string): number {
  return Math.max(...text.split('\n').map((line) => stripVTControlCharacters(line).length));
}

const GAP = '  ';
const LEAST_ROOM = 8;

function render(cells: readonly (readonly string[])[], colWidths: (number | null)[]): string {
  const table = new Table({
    colWidths,
    chars: { ...NO_LINES, middle: GAP },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  table.push(...cells.map((row) => [...row]));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

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
