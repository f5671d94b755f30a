import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem, type } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { FaultRow } from './run-fault.ts';

const DOC = fileURLToPath(new URL('../../docs/reliability.md', import.meta.url));
const END = '<!-- /table -->';

const HEADINGS = [
  'fault',
  'lasted',
  'out for',
  'good, in use',
  'good, seen first',
  'unknown',
  'revoked: last admitted after',
  'all well again',
  'how',
];

/** The rows as Markdown, with the machine that they were measured on. */
export function formatFaultTable(rows: readonly FaultRow[]): string {
  const lines = [HEADINGS, HEADINGS.map(() => '---'), ...rows.map(cellsOf)];
  return `${lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n\n${describeMachine()}`;
}

function cellsOf(row: FaultRow): string[] {
  return [
    row.name,
    seconds(row.lasts),
    seconds(row.out),
    row.good,
    row.first,
    row.unknown,
    row.admittedAfter === undefined ? 'never' : `${Math.round(row.admittedAfter)} ms`,
    seconds(row.back),
    row.returns,
  ];
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

/** A line about the machine that figures were measured on. */
export function describeMachine(): string {
  const [first] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  const day = new Date().toISOString().slice(0, 10);
  return `Measured on ${day}: ${cpus().length} × ${first?.model.trim() || 'unnamed CPU'}, ${memory} GiB, ${type()}, Node ${process.versions.node}, all on one machine that others used as well.`;
}

/** Puts the table into docs/reliability.md in place of the one of that name. */
export function writeFaultTable(name: 'measured' | 'secured' | 'planes', table: string): void {
  const text = readFileSync(DOC, 'utf8');
  const mark = `<!-- table: ${name} -->`;
  const begin = text.indexOf(mark);
  const end = text.indexOf(END, begin);
  if (begin === -1 || end === -1) throw new Error(`${DOC} has no place for the table`);
  writeFileSync(DOC, `${text.slice(0, begin + mark.length)}\n\n${table}\n\n${text.slice(end)}`);
}
