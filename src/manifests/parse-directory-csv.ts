import { CsvError, parse } from 'csv-parse';
import { suggestName } from '../text/suggest-name.ts';
import { DirectoryEntries, type DirectoryEntry, MAX_CHARACTERS } from './directory-entry.ts';
import type { ResourceFile } from './parse-resources.ts';
import type { ReportProgress } from './report-progress.ts';
import { ResourceError } from './resource.ts';

const TEXT_COLUMNS = ['user_name', 'email', 'name', 'given_name', 'family_name', 'external_id'];
const COLUMNS = ['id', 'groups', 'active', ...TEXT_COLUMNS];
const CLAIM = 'claim/';
const MAX_RECORD = 1024 * 1024;
const MAX_COLUMNS = 200;

/** What `active` may be, in any letter case; empty says nothing. */
const TRUTH: ReadonlyMap<string, boolean> = new Map([
  ...['true', 'yes', '1'].map((text) => [text, true] as const),
  ...['false', 'no', '0'].map((text) => [text, false] as const),
]);

interface Row {
  readonly record: readonly string[];
  readonly info: { readonly lines: number; readonly bytes: number };
}

/**
 * Reads users from CSV (RFC 4180) whose first line names the columns. A list in a cell is separated by `;` or `|`. Throws
 * `ResourceError` with the line of every problem.
 */
export async function parseDirectoryCsv(
  { file, text }: ResourceFile,
  progress: ReportProgress,
): Promise<readonly DirectoryEntry[]> {
  const entries = new DirectoryEntries(file);
  if (text.length > MAX_CHARACTERS) {
    entries.complain('', '', `expected at most ${MAX_CHARACTERS} characters`);
    return entries.done();
  }
  const options = { bom: true, info: true, relax_column_count: true, skip_empty_lines: true, trim: true };
  const rows: AsyncIterable<Row> = parse(text, { ...options, max_record_size: MAX_RECORD });
  let columns: readonly string[] | undefined;
  try {
    for await (const { record, info } of rows) {
      const place = `:${info.lines}`;
      if (columns) addUser(columns, record, place, entries);
      else {
        columns = record;
        checkHeader(record, place, entries);
        // Without columns that are known, every line would be wrong.
        entries.done();
      }
      await progress('read', info.bytes, text.length);
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = 'lines' in error && typeof error.lines === 'number' ? `:${error.lines}` : '';
    throw new ResourceError([
      { origin: { file: `${file}${line}`, document: 0 }, path: '', message: error.message },
    ]);
  }
  if (!columns)
    entries.complain('', '', 'expected a first line that names the columns, such as id,email,groups');
  return entries.done();
}

function checkHeader(columns: readonly string[], place: string, entries: DirectoryEntries): void {
  if (columns.length > MAX_COLUMNS) entries.complain(place, '', `expected at most ${MAX_COLUMNS} columns`);
  if (!columns.includes('id')) entries.complain(place, '', 'expected a column id');
  columns.forEach((column, index) => {
    if (columns.indexOf(column) !== index) entries.complain(place, column, 'is a column already');
    else if (!COLUMNS.includes(column) && !(column.startsWith(CLAIM) && column.length > CLAIM.length))
      entries.complain(
        place,
        JSON.stringify(column),
        `is no column: expected one of ${COLUMNS.join(', ')} or claim/NAME${suggestName(column, COLUMNS)}`,
      );
  });
}

function addUser(
  columns: readonly string[],
  record: readonly string[],
  place: string,
  entries: DirectoryEntries,
): void {
  if (record.length !== columns.length) {
    entries.complain(
      place,
      '',
      `expected ${columns.length} columns, as the first line has, not ${record.length}`,
    );
    return;
  }
  const cells = new Map(columns.map((column, index) => [column, record[index] ?? '']));
  const id = cells.get('id') ?? '';
  const fields: Record<string, unknown> = {};
  const claims: [string, string[]][] = [];
  for (const [column, cell] of cells)
    if (TEXT_COLUMNS.includes(column)) fields[column] = cell;
    else if (column === 'groups') fields.groups = listOf(cell);
    else if (column.startsWith(CLAIM)) claims.push([column.slice(CLAIM.length), listOf(cell)]);
    else if (column === 'active' && cell !== '') {
      const active = TRUTH.get(cell.toLowerCase());
      if (active !== undefined) fields.active = active;
      else
        entries.complain(
          place,
          `DirectoryUser ${id}: active`,
          `expected true or false, not ${JSON.stringify(cell)}`,
        );
    }
  const columnClaims = claims.length > 0 && { claims: Object.fromEntries(claims) };
  entries.add({ kind: 'DirectoryUser', id, fields, ...columnClaims }, place);
}

function listOf(cell: string): string[] {
  return cell
    .split(/[;|]/)
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
