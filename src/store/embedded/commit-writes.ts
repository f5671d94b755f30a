import type { CommitResult } from '../port.ts';
import { type EncodedWrite, encodeKeys, encodeRecord } from '../record-text.ts';
import type { Database } from './database.ts';
import { type EmbeddedHead, positionOf, writeHead } from './embedded-head.ts';
import { encodeLogKey, encodeRecordKey, rangeOfLog } from './store-key.ts';

/** Commits all writes inside a write transaction, or none if there is a conflict. The log keeps `logLength` commits. */
export function commitWrites(
  db: Database,
  head: EmbeddedHead,
  expected: number,
  writes: readonly EncodedWrite[],
  logLength: number,
): CommitResult {
  if (head.revision !== expected) return { conflict: positionOf(head) };
  if (writes.length === 0) return { committed: positionOf(head) };

  const revision = head.revision + 1;
  const counts = { ...head.counts };
  for (const { record, json } of writes) {
    const key = encodeRecordKey(record);
    const before = db.doesExist(key) ? 1 : 0;
    const after = json === undefined ? 0 : 1;
    counts[record.kind] = (counts[record.kind] ?? 0) + after - before;
    if (json !== undefined) db.putSync(key, encodeRecord(revision, json));
    else if (before) db.removeSync(key);
  }
  db.putSync(encodeLogKey(revision), encodeKeys(writes.map(({ record }) => record)));
  trimLog(db, revision - logLength);
  const next = { ...head, revision, counts };
  writeHead(db, next);
  return { committed: positionOf(next) };
}

function trimLog(db: Database, last: number): void {
  if (last < 1) return;
  const old = [...db.getKeys(rangeOfLog(0, last))].map((key) => Buffer.from(key));
  for (const key of old) db.removeSync(key);
}
