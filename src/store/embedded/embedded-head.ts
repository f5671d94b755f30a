import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { BACKUP_VERSION, type BackupHeader } from '../backup.ts';
import { StoreFormatError, type StorePosition } from '../port.ts';
import { RECORD_KINDS } from '../record.ts';
import { STORE_FORMAT } from '../store-format.ts';
import type { Database } from './database.ts';
import { HEAD_KEY } from './store-key.ts';

/** The head of a store of any format. */
export const RawHead = z.object({
  format: z.int().nonnegative(),
  epoch: z.string().min(1),
  revision: z.int().nonnegative(),
  counts: z.record(z.string(), z.int().nonnegative()),
});
export type RawHead = z.infer<typeof RawHead>;

const EmbeddedHead = RawHead.extend({ format: z.literal(STORE_FORMAT) });
/** What a store is, how far it got, and how many records of each kind it holds. Each commit replaces it. */
export type EmbeddedHead = z.infer<typeof EmbeddedHead>;

/** Throws `StoreFormatError`. */
export function parseEmbeddedHead(text: string, path: string): EmbeddedHead {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  const format = z.object({ format: z.int() }).safeParse(json);
  if (format.success && format.data.format > STORE_FORMAT)
    throw new StoreFormatError(
      `the store in ${path} has format ${format.data.format}, and this version of sallyport knows ${STORE_FORMAT} at most: start the version that wrote it, or a newer one`,
    );
  const head = EmbeddedHead.safeParse(json);
  if (head.success) return head.data;
  throw new StoreFormatError(
    `the store in ${path} says about itself what can't be right: restore a backup, or choose another folder`,
  );
}

/**
 * Makes a function that reads what the store says about itself, and throws `StoreFormatError`. Followers call it 200 times
 * a second, so it parses again only what differs from the last time.
 */
export function createHeadReader(db: Database, path: string): () => EmbeddedHead {
  let lastText: string | undefined;
  let lastHead: EmbeddedHead | undefined;
  return () => {
    const text = db.get(HEAD_KEY);
    if (text === undefined) throw foreignDatabase(path);
    if (lastHead === undefined || text !== lastText) {
      lastHead = parseEmbeddedHead(text, path);
      lastText = text;
    }
    return lastHead;
  };
}

/** Inside a write transaction: makes the head of a database that is empty, or checks the one that is there. */
export function ensureHead(db: Database, path: string): void {
  const text = db.get(HEAD_KEY);
  if (text !== undefined) {
    parseEmbeddedHead(text, path);
    return;
  }
  if (db.getKeysCount({ limit: 1 }) > 0) throw foreignDatabase(path);
  const counts = Object.fromEntries(RECORD_KINDS.map((kind) => [kind, 0]));
  writeHead(db, { format: STORE_FORMAT, epoch: randomUUID(), revision: 0, counts });
}

export function writeHead(db: Database, head: EmbeddedHead): void {
  db.putSync(HEAD_KEY, JSON.stringify(head));
}

export function positionOf({ epoch, revision }: EmbeddedHead): StorePosition {
  return { epoch, revision };
}

function foreignDatabase(path: string): StoreFormatError {
  return new StoreFormatError(`${path} holds a database that is not sallyport's: choose another folder`);
}

/** @param now milliseconds since the epoch */
export function headerOf({ format, epoch, revision, counts }: RawHead, now: number): BackupHeader {
  const created_at = new Date(now).toISOString();
  return { sallyport_backup: BACKUP_VERSION, store_format: format, epoch, revision, created_at, counts };
}
