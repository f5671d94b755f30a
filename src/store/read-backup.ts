import { createHash, type Hash } from 'node:crypto';
import type { z } from 'zod';
import { mistakesOf } from '../text/schema-mistakes.ts';
import {
  BACKUP_VERSION,
  BackupHeader,
  BackupLine,
  type BackupReading,
  BackupTrailer,
  compareRecords,
  type PlacedLine,
  WrongBackup,
} from './backup.ts';
import { STORE_FORMAT } from './store-format.ts';

const TRAILER = /^\{"sha256":/;

/**
 * Reads a backup, given line by line without the line breaks. Throws `BackupError`.
 * @param name of the file, for errors
 */
export function readBackup(lines: Iterable<Uint8Array>, name: string): BackupReading {
  const iterator = lines[Symbol.iterator]();
  const reader = new LineReader(name);
  const first = iterator.next();
  if (first.done) throw new WrongBackup(`${name} is empty: no backup`);
  reader.number = 1;
  const header = readHeader(reader, textOf(first.value));
  const hash = createHash('sha256').update(first.value).update('\n');
  return { header, records: readRecords(reader, iterator, header, hash) };
}

function* readRecords(
  reader: LineReader,
  lines: Iterator<Uint8Array>,
  header: BackupHeader,
  hash: Hash,
): Generator<PlacedLine, void> {
  const counts = new Map<string, number>();
  let before: BackupLine | undefined;
  for (let next = lines.next(); !next.done; next = lines.next()) {
    reader.number += 1;
    const text = textOf(next.value);
    if (TRAILER.test(text)) {
      checkTrailer(reader, text, hash);
      checkCounts(reader, header, counts);
      if (!lines.next().done) throw reader.error('the backup ends here, and yet the file goes on');
      return;
    }
    const record = reader.parse(BackupLine, text);
    if (before && compareRecords(before, record) >= 0)
      throw reader.error('the record is not in its place, or there twice');
    before = record;
    counts.set(record.kind, (counts.get(record.kind) ?? 0) + 1);
    hash.update(next.value).update('\n');
    yield { line: reader.number, record };
  }
  throw reader.error('the file ends here without its checksum: it is cut short');
}

function checkTrailer(reader: LineReader, text: string, hash: Hash): void {
  if (reader.parse(BackupTrailer, text).sha256 !== hash.digest('hex'))
    throw reader.error('the checksum does not fit: the file is damaged, or was changed by hand');
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
}

/** Where the reader is, for its errors. */
class LineReader {
  readonly #name: string;
  number = 0;

  constructor(name: string) {
    this.#name = name;
  }

  parse<T>(schema: z.ZodType<T>, text: string): T {
    const result = schema.safeParse(this.json(text));
    if (result.success) return result.data;
    const [issue] = mistakesOf(result.error);
    throw this.error(
      `no line of a backup: ${[issue?.path.join('.'), issue?.message].filter(Boolean).join(': ')}`,
    );
  }

  json(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch (error) {
      throw this.error('no JSON: the file is damaged, or no backup', error);
    }
  }

  error(problem: string, cause?: unknown): WrongBackup {
    return new WrongBackup(`${this.#name}, line ${this.number}: ${problem}`, { cause });
  }
}

function readHeader(reader: LineReader, text: string): BackupHeader {
  const json = reader.json(text);
  if (typeof json !== 'object' || json === null || !('sallyport_backup' in json))
    throw reader.error('this is not a backup that sallyport made');
  if (typeof json.sallyport_backup === 'number' && json.sallyport_backup > BACKUP_VERSION)
    throw reader.error(
      `the backup has version ${json.sallyport_backup}, and this version of sallyport knows ${BACKUP_VERSION} at most: use the version that made it, or a newer one`,
    );
  const header = reader.parse(BackupHeader, text);
  if (header.store_format > STORE_FORMAT)
    throw reader.error(
      `the backup is of a store of format ${header.store_format}, and this version of sallyport knows ${STORE_FORMAT} at most: use the version that made it, or a newer one`,
    );
  return header;
}

function checkCounts(reader: LineReader, { counts }: BackupHeader, found: ReadonlyMap<string, number>): void {
  for (const kind of new Set([...Object.keys(counts), ...found.keys()])) {
    const [said, there] = [counts[kind] ?? 0, found.get(kind) ?? 0];
    if (said !== there)
      throw reader.error(`the backup should hold ${said} records of the kind ${kind}, and holds ${there}`);
  }
}
