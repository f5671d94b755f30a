import { relative } from 'node:path';
import ts from 'typescript';
import { z } from 'zod';

const Place = z.object({ line: z.number() });
/** The format of Istanbul, in which c8 makes each line a statement. */
const Report = z.record(
  z.string(),
  z.object({
    statementMap: z.record(z.string(), z.object({ start: Place })),
    s: z.record(z.string(), z.number()),
  }),
);

/** The lines of one source file, as ran by the tests. */
export interface CoveredFile {
  /** `src/check/check.ts` */
  readonly path: string;
  readonly lines: number;
  /** Those that no test ran, in order. */
  readonly untested: readonly number[];
}

/** Folders in which a line that no test runs is worth a look: they decide who gets in. */
const DECISIVE = ['check', 'tokens', 'credentials', 'policy', 'operations'];

/**
 * Reads `coverage-final.json`. Files of types alone have no code that could run: they are left out.
 * @param read the text of a source file
 */
export function coveredLines(report: unknown, root: string, read: (file: string) => string): CoveredFile[] {
  return Object.entries(Report.parse(report))
    .filter(([file, { s }]) => Object.values(s).some((runs) => runs > 0) || hasCode(read(file)))
    .map(([file, { statementMap, s }]) => ({
      path: relative(root, file),
      lines: Object.keys(statementMap).length,
      untested: Object.entries(statementMap)
        .filter(([id]) => s[id] === 0)
        .map(([, { start }]) => start.line)
        .sort((a, b) => a - b),
    }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

function hasCode(text: string): boolean {
  const { outputText } = ts.transpileModule(text, {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023, removeComments: true },
  });
  return !['', 'export {};'].includes(outputText.trim());
}

/** A table by folder of src, and the untested lines of those that decide. */
export function describeCoverage(files: readonly CoveredFile[]): string {
  const folders = [...new Set(files.map(({ path }) => folderOf(path)))];
  const rows = folders.map((folder) =>
    formatRow(
      folder,
      files.filter(({ path }) => folderOf(path) === folder),
    ),
  );
  const untested = files
    .filter(({ path, untested }) => DECISIVE.includes(folderOf(path)) && untested.length > 0)
    .map(({ path, untested }) => `${path}: ${formatRanges(untested)}`);
  return [
    '',
    `${'folder'.padEnd(14)}${'lines'.padStart(8)}${'untested'.padStart(10)}${'tested'.padStart(9)}`,
    ...rows,
    formatRow('all', files),
    '',
    `Untested lines of ${DECISIVE.join(', ')}:`,
    ...(untested.length > 0 ? untested : ['none']),
    '',
  ].join('\n');
}

function folderOf(path: string): string {
  const [, folder = '', file] = path.split('/');
  return file === undefined ? '.' : folder;
}

function formatRow(name: string, files: readonly CoveredFile[]): string {
  const lines = files.reduce((sum, file) => sum + file.lines, 0);
  const untested = files.reduce((sum, file) => sum + file.untested.length, 0);
  const share = lines === 0 ? 100 : ((lines - untested) / lines) * 100;
  return `${name.padEnd(14)}${String(lines).padStart(8)}${String(untested).padStart(10)}${`${share.toFixed(1)} %`.padStart(9)}`;
}

/** `3, 7-9` */
export function formatRanges(lines: readonly number[]): string {
  const ranges: [first: number, last: number][] = [];
  for (const line of lines) {
    const current = ranges.at(-1);
    if (current !== undefined && current[1] === line - 1) current[1] = line;
    else ranges.push([line, line]);
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(', ');
}
