import type { BackupSource } from '../backup.ts';
import { RECORD_KINDS, RecordFault, type StoredRecord } from '../record.ts';
import { describeEmbeddedFault } from './embedded-fault.ts';
import { headerOf, parseEmbeddedHead } from './embedded-head.ts';
import { acquireEnvironment } from './environment.ts';
import { readRaw, type StoredRaw } from './raw-records.ts';
import { HEAD_KEY } from './store-key.ts';

const MAP_SIZE = 2 ** 30;

/**
 * All records of the store in a folder, of the moment of the call. Later writes do not change it. Rejects with `StoreUnavailable` or `StoreFormatError`.
 * @param now milliseconds since the epoch
 */
export async function openBackupSource(folder: string, now: number): Promise<BackupSource> {
  const environment = await acquireEnvironment(folder, MAP_SIZE);
  const { db, path } = environment;
  try {
    db.resetReadTxn();
    // LMDB keeps every page that this transaction can see until it is done.
    const transaction = db.useReadTransaction();
    const header = headerOf(parseEmbeddedHead(db.get(HEAD_KEY, { transaction }) ?? '', path), now);
    return {
      header,
      *records() {
        for (const raw of readRaw(db, transaction)) yield known(raw);
      },
      async close() {
        transaction.done();
        await environment.release();
      },
    };
  } catch (error) {
    await environment.release();
    throw describeEmbeddedFault(error, 'read', path);
  }
}

function known(raw: StoredRaw): StoredRecord {
  const kind = RECORD_KINDS.find((each) => each === raw.kind);
  if (kind === undefined)
    throw new RecordFault({ kind: 'namespace', id: raw.id }, `unknown kind ${JSON.stringify(raw.kind)}`);
  return { ...raw, kind };
}
