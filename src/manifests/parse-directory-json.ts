import { z } from 'zod';
import { mistakesOf } from '../text/schema-mistakes.ts';
import { DirectoryEntries, type DirectoryEntry, MAX_CHARACTERS } from './directory-entry.ts';
import type { ResourceFile } from './parse-resources.ts';
import type { ReportProgress } from './report-progress.ts';
import { API_VERSION } from './resource.ts';

const Item = z.looseObject(
  {
    apiVersion: z.literal(API_VERSION, { error: `expected ${API_VERSION}` }).optional(),
    kind: z.enum(['DirectoryUser', 'DirectoryGroup']).default('DirectoryUser'),
    id: z.string({ error: 'expected a text' }),
  },
  { error: 'expected an object' },
);

/**
 * Reads users and groups from a JSON list or from JSON Lines; without `kind`, one is a user. Throws `ResourceError` with
 * the place of every problem.
 */
export async function parseDirectoryJson(
  { file, text }: ResourceFile,
  progress: ReportProgress,
): Promise<readonly DirectoryEntry[]> {
  const entries = new DirectoryEntries(file);
  if (text.length > MAX_CHARACTERS) entries.complain('', '', `expected at most ${MAX_CHARACTERS} characters`);
  else if (/^\ufeff?\s*\[/.test(text)) await readList(text, entries, progress);
  else await readLines(text, entries, progress);
  return entries.done();
}

async function readList(text: string, entries: DirectoryEntries, progress: ReportProgress): Promise<void> {
  const items = parseJson(text.replace(/^\ufeff/, ''), '', entries);
  if (!Array.isArray(items)) return;
  for (const [index, item] of items.entries()) {
    addItem(item, `[${index}]`, entries);
    await progress('read', index, items.length);
  }
}

async function readLines(text: string, entries: DirectoryEntries, progress: ReportProgress): Promise<void> {
  let line = 0;
  for (let start = 0; start < text.length; ) {
    const next = text.indexOf('\n', start);
    const end = next === -1 ? text.length : next;
    line += 1;
    const content = text.slice(start, end).trim();
    const place = `:${line}`;
    if (content !== '') {
      const item = parseJson(content, place, entries);
      if (item !== undefined) addItem(item, place, entries);
    }
    start = end + 1;
    await progress('read', start, text.length);
  }
}

/** Undefined if it is not JSON. */
function parseJson(text: string, place: string, entries: DirectoryEntries): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // It quotes a few characters of the file, which is the user's own.
    const message = error instanceof Error ? error.message : 'it is not readable';
    const position = / at position (\d+)/.exec(message)?.[1];
    const isWhole = place === '' && position !== undefined;
    const at = isWhole ? `:${text.slice(0, Number(position)).split('\n').length}` : place;
    entries.complain(at, '', `is no JSON: ${message}`);
    return undefined;
  }
}

function addItem(value: unknown, place: string, entries: DirectoryEntries): void {
  const item = Item.safeParse(value);
  if (!item.success) {
    for (const { path, message } of mistakesOf(item.error)) entries.complain(place, path.join('.'), message);
    return;
  }
  const { apiVersion: _version, kind, id, ...fields } = item.data;
  entries.add({ kind, id, fields }, place);
}
