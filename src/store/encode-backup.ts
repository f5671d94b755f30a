import { createHash } from 'node:crypto';
import type { BackupSource, BackupTrailer } from './backup.ts';
import { parseRecord, type StoredRecord } from './record.ts';

/** Minimum characters per piece, so that small records are written together. */
const CHUNK = 1 << 16;

/**
 * The text of a backup, in pieces. Throws `RecordFault` for a record that could not be restored.
 */
export function encodeBackup(source: BackupSource): Generator<string, void> {
  return encodeLines(source.header, checked(source.records()));
}

/** The same for records of an older format, which are not checked. */
export function* encodeLines(header: object, records: Iterable<object>): Generator<string, void> {
  const hash = createHash('sha256');
  let chunk = `${JSON.stringify(header)}\n`;
  for (const record of records) {
    chunk += `${JSON.stringify(record)}\n`;
    if (chunk.length < CHUNK) continue;
    hash.update(chunk);
    yield chunk;
    chunk = '';
  }
  hash.update(chunk);
  const trailer: BackupTrailer = { sha256: hash.digest('hex') };
  yield `${chunk}${JSON.stringify(trailer)}\n`;
}

function* checked(records: Iterable<StoredRecord>): Generator<StoredRecord> {
  for (const record of records) {
    parseRecord(record.kind, record);
    yield record;
  }
}
