import type { StorePosition } from '../port.ts';
import { RECORD_KINDS, RecordFault } from '../record.ts';
import { encodeRecord, isStorableId } from '../record-text.ts';
import { STORE_FORMAT } from '../store-format.ts';
import type { Database } from './database.ts';
import { writeHead } from './embedded-head.ts';
import type { RawRecord } from './migrations.ts';
import { encodeRecordKey } from './store-key.ts';

/**
 * Writes records as one commit at `position`, inside a write transaction of a database without records. The change log
 * stays empty, so every follower reads everything again. Returns the number of records.
 */
export function putRecords(db: Database, position: StorePosition, records: Iterable<RawRecord>): number {
  const counts: Record<string, number> = Object.fromEntries(RECORD_KINDS.map((kind) => [kind, 0]));
  let written = 0;
  for (const { kind: named, id, value } of records) {
    const kind = RECORD_KINDS.find((each) => each === named);
    if (!kind || !isStorableId(id))
      throw new RecordFault(
        { kind: kind ?? 'namespace', id },
        `no record of the kind ${JSON.stringify(named)} can have that id`,
      );
    db.putSync(encodeRecordKey({ kind, id }), encodeRecord(position.revision, JSON.stringify(value)));
    counts[kind] = (counts[kind] ?? 0) + 1;
    written += 1;
  }
  writeHead(db, { format: STORE_FORMAT, ...position, counts });
  return written;
}
