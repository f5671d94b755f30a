import { createHash } from 'node:crypto';
import type { BackupSource, BackupTrailer } from './backup.ts';
import { parseRecord, type StoredRecord } from './record.ts';

/** Characters collected before they are handed on, so that a small record costs no write of its own. */
const CHUNK = 1 << 16;

/**
 * The text of a backup, in pieces. Each record is checked as it will be when it is restored: throws `RecordFault` for one
 * that could not be.
 */
export function encodeBackup(source: BackupSource): Generator<string, void> {
  return encodeLines(source.header, checked(source.records()));
}

/** The same for records that are taken as they are: those of an older format, which no schema knows any more. */
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
