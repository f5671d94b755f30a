import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { asError } from '../as-error.ts';
import { BackupError, type RestorableBackup, type Restored, WrongBackup } from '../backup.ts';
import { StoreFormatError } from '../port.ts';
import { parseRecord, RECORD_KINDS } from '../record.ts';
import type { Database } from './database.ts';
import { describeEmbeddedFault } from './embedded-fault.ts';
import { acquireEnvironment, type Environment } from './environment.ts';
import { type Migration, upgradeFrom } from './migrate-store.ts';
import type { RawRecord } from './raw-records.ts';
import { clearRecords, putRecords } from './raw-records.ts';
import { readKind, readRecord } from './read-records.ts';
import { DATA_FILE, LOCK_FILE } from './store-folder.ts';

export interface RestoreOptions extends RestorableBackup {
  /** The folder of the store. */
  readonly path: string;
  readonly migrations?: readonly Migration[];
}

const MAP_SIZE = 2 ** 30;

/**
 * Replaces the records of a store by those of a backup; later reservations of user IDs stay. The whole backup is checked
 * first and then written as the next commit of the store, so that followers (a running `serve`) read all of it or nothing.
 * With `force`, a store that cannot be opened is set aside. Rejects with `BackupError`, `StoreUnavailable` or
 * `StoreFormatError`.
 */
export async function restoreStore(options: RestoreOptions): Promise<Restored> {
  const { path, force, dryRun = false } = options;
  const summary = summarize(readChecked(options));
  const { environment, setAside } = await openForRestore(path, force && !dryRun);
  const { db } = environment;
  try {
    return db.transactionSync(() => {
      const head = environment.head();
      const before = Object.values(head.counts).reduce((sum, count) => sum + count, 0);
      if (before > 0 && !force)
        throw new BackupError(
          `the store in ${environment.path} holds ${before} records: add --force to replace them all by those of the backup`,
        );
      const kept = before > 0 ? reservationsToKeep(db, summary) : [];
      const revivedCredentials = before > 0 ? credentialsToRevive(db, summary) : [];
      const revision = head.revision + 1;
      if (dryRun)
        return {
          revision,
          records: summary.records + kept.length,
          revivedCredentials,
          keptUserIds: kept.length,
          setAside,
        };
      clearRecords(db);
      const records = putRecords(db, { epoch: head.epoch, revision }, concat(readChecked(options), kept));
      return { revision, records, revivedCredentials, keptUserIds: kept.length, setAside };
    });
  } catch (error) {
    if (error instanceof BackupError) throw error;
    throw describeEmbeddedFault(error, 'write', path);
  } finally {
    await environment.release();
  }
}

async function openForRestore(
  path: string,
  force: boolean,
): Promise<{ environment: Environment; setAside: string | undefined }> {
  try {
    return { environment: await acquireEnvironment(path, MAP_SIZE), setAside: undefined };
  } catch (error) {
    const setAside = force && error instanceof StoreFormatError ? setStoreAside(path) : undefined;
    if (setAside === undefined) throw error;
    return { environment: await acquireEnvironment(path, MAP_SIZE), setAside };
  }
}

/**
 * Renames the database of a store that cannot be opened; nothing of it is lost. Returns the new name, or undefined without
 * a database. Processes that have it open go on using it.
 */
function setStoreAside(path: string): string | undefined {
  const file = join(path, DATA_FILE);
  if (!existsSync(file)) return undefined;
  const aside = `${file}.aside-${new Date().toISOString().replaceAll(':', '')}`;
  renameSync(file, aside);
  rmSync(join(path, LOCK_FILE), { force: true });
  return aside;
}

/** The backup's records in this version's format, each checked by the schema of its kind. Throws `BackupError`. */
function* readChecked({ name, open, migrations }: RestoreOptions): Generator<RawRecord, void> {
  const { header, records } = open();
  const upgrade = upgradeFrom(header.store_format, name, migrations);
  for (const { line, record } of records) {
    try {
      const upgraded = upgrade ? upgrade(record) : [record];
      for (const raw of upgraded) check(raw, record.revision);
      yield* upgraded;
    } catch (error) {
      throw new WrongBackup(`${name}, line ${line}: ${asError(error).message}`, { cause: error });
    }
  }
}

function check({ kind: named, id, value }: RawRecord, revision: number): void {
  const kind = RECORD_KINDS.find((each) => each === named);
  if (kind === undefined) throw new Error(`there is no kind of record ${JSON.stringify(named)}`);
  parseRecord(kind, { kind, id, revision, value });
}

/** What has to be compared with the store before it is replaced. */
interface BackupSummary {
  readonly userIds: ReadonlySet<string>;
  /** Those that were not revoked. */
  readonly credentials: readonly string[];
  readonly records: number;
}

function summarize(records: Iterable<RawRecord>): BackupSummary {
  const userIds = new Set<string>();
  const credentials: string[] = [];
  let count = 0;
  for (const { kind, id, value } of records) {
    count += 1;
    // The id of a directory user cannot be reserved.
    if (kind === 'user_id' || kind === 'directory_user') userIds.add(id);
    if (kind === 'credential' && !isRevoked(value)) credentials.push(id);
  }
  return { userIds, credentials, records: count };
}

/** A user ID is never given twice, not even one that was given after the backup. */
function reservationsToKeep(db: Database, { userIds }: BackupSummary): RawRecord[] {
  return readKind(db, 'user_id').filter(({ id, value }) => value !== undefined && !userIds.has(id));
}

/** Credentials revoked or deleted since the backup, which the restore makes valid again. */
function credentialsToRevive(db: Database, { credentials }: BackupSummary): string[] {
  return credentials.filter((id) => {
    const now = readRecord(db, { kind: 'credential', id });
    return now === undefined || isRevoked(now.value);
  });
}

const Revoked = z.object({ revoked_at: z.string() });

function isRevoked(value: unknown): boolean {
  return Revoked.safeParse(value).success;
}

function* concat<T>(...parts: Iterable<T>[]): Generator<T, void> {
  for (const part of parts) yield* part;
}
