import type { Database } from './database.ts';

/** The database inside the records' environment where earlier versions kept telemetry. */
const FORMER = 'side';
/** LMDB's entry for it, whose name ends with a NUL. */
const FORMER_KEY = Buffer.from(`${FORMER}\0`);

/**
 * Moves the telemetry of an older version out of the records' environment. The copy is on disk before the former
 * database is dropped, so a process that dies in between loses nothing and the next one starts over.
 */
export function moveTelemetry(db: Database, openTelemetry: () => Database): void {
  if (!db.doesExist(FORMER_KEY)) return;
  db.transactionSync(() => {
    // Another process may have done it meanwhile.
    if (!db.doesExist(FORMER_KEY)) return;
    const former = db.openDB<string, Uint8Array>({ name: FORMER, encoding: 'string', keyEncoding: 'binary' });
    const side = openTelemetry();
    side.transactionSync(() => {
      for (const { key, value } of former.getRange({})) {
        // What was written since is newer.
        if (!side.doesExist(key)) side.putSync(Buffer.from(key), value);
      }
    });
    former.dropSync();
  });
}
