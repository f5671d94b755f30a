import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { encodeLines } from '../encode-backup.ts';
import { StoreFormatError } from '../port.ts';
import { STORE_FORMAT } from '../store-format.ts';
import type { Database } from './database.ts';
import { headerOf, RawHead } from './embedded-head.ts';
import { clearRecords, putRecords, type RawRecord, readRaw } from './raw-records.ts';
import { HEAD_KEY } from './store-key.ts';

/**
 * Upgrades a store of an older format, after a backup into its folder. All of it is one write transaction: a crash leaves
 * the store as it was. Returns the path of the backup; undefined for a current store. Throws `StoreFormatError`.
 */
export function migrateStore(
  db: Database,
  path: string,
  migrations?: readonly Migration[],
): string | undefined {
  if (olderHead(db) === undefined) return undefined;
  return db.transactionSync(() => {
    // Another process may have done it meanwhile.
    const head = olderHead(db);
    if (!head) return undefined;
    const upgrade = upgradeFrom(head.format, `the store in ${path}`, migrations);
    if (!upgrade) return undefined;
    const backup = writeBackup(db, head, path);
    const upgraded = Array.from(readRaw(db), upgrade).flat();
    clearRecords(db);
    putRecords(db, { epoch: head.epoch, revision: head.revision + 1 }, upgraded);
    return backup;
  });
}

function olderHead(db: Database): RawHead | undefined {
  try {
    const head = RawHead.safeParse(JSON.parse(db.get(HEAD_KEY) ?? ''));
    return head.success && head.data.format < STORE_FORMAT ? head.data : undefined;
  } catch {
    return undefined;
  }
}

/** In the store's own folder: other paths may be read-only. */
function writeBackup(db: Database, head: RawHead, path: string): string {
  const file = join(path, `data.mdb.before-format-${STORE_FORMAT}.revision-${head.revision}.jsonl`);
  const temporary = `${file}.${process.pid}`;
  const descriptor = openSync(temporary, 'w', 0o600);
  try {
    for (const chunk of encodeLines(headerOf(head, Date.now()), readRaw(db))) writeSync(descriptor, chunk);
    fsyncSync(descriptor);
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  } finally {
    closeSync(descriptor);
  }
  return file;
}

/** How records of one format become records of the next. */
export interface Migration {
  readonly from: number;
  /** What one record becomes: itself, another, several, or none. Must look at nothing else. */
  migrate(record: RawRecord): readonly RawRecord[];
}

/** In order, without a gap up to `STORE_FORMAT`. Steps are only ever added. */
export const MIGRATIONS: readonly Migration[] = [];

/**
 * Makes the function that upgrades a record of `format`; undefined if it is current. Throws `StoreFormatError` if a step is
 * missing.
 * @param where the records come from, for the error
 */
export function upgradeFrom(
  format: number,
  where: string,
  migrations: readonly Migration[] = MIGRATIONS,
): ((record: RawRecord) => RawRecord[]) | undefined {
  if (format === STORE_FORMAT) return undefined;
  const steps: Migration[] = [];
  for (let at = format; at < STORE_FORMAT; at++) {
    const step = migrations.find(({ from }) => from === at);
    if (!step)
      throw new StoreFormatError(
        `${where} has format ${format}, which this version of sallyport can't bring up to its own, ${STORE_FORMAT}: start a version between the two first`,
      );
    steps.push(step);
  }
  return (record) =>
    steps.reduce<RawRecord[]>((records, step) => records.flatMap((each) => step.migrate(each)), [record]);
}
