import { z } from 'zod';
import type { StoredRecord } from './record.ts';

/** Raised when the layout of the file changes; what records hold is the store's format. */
export const BACKUP_VERSION = 1;

/** The first line of a backup. */
export const BackupHeader = z.strictObject({
  sallyport_backup: z.int().positive(),
  /** The store's format when the backup was made. */
  store_format: z.int().nonnegative(),
  /** Where the store stood: everything in the file is of that one moment. */
  epoch: z.string().min(1),
  revision: z.int().nonnegative(),
  created_at: z.string(),
  /** Records of each kind. */
  counts: z.record(z.string(), z.int().nonnegative()),
});
export type BackupHeader = z.infer<typeof BackupHeader>;

/** The lines between: one record each, by kind and then by id. */
export const BackupLine = z.strictObject({
  kind: z.string().min(1),
  id: z.string().min(1),
  revision: z.int().nonnegative(),
  value: z.json(),
});
/** A record of the file, of any format; its kind may no longer exist. */
export type BackupLine = z.infer<typeof BackupLine>;

/** The last line: the SHA-256, in hex, of every byte before it. */
export const BackupTrailer = z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/) });
export type BackupTrailer = z.infer<typeof BackupTrailer>;

/** All records of one moment. The caller of the opening function closes it. */
export interface BackupSource {
  readonly header: BackupHeader;
  /** By kind and then by the bytes of the id. May be read once. */
  records(): Iterable<StoredRecord>;
  close(): Promise<void>;
}

/** A file that cannot be restored here. Nothing was changed. */
export class BackupError extends Error {
  override readonly name = 'BackupError';
}

/** A file that is no backup, or one that is damaged or of a newer version. */
export class WrongBackup extends BackupError {}

/** A backup that is to be restored. */
export interface RestorableBackup {
  /** For errors. */
  readonly name: string;
  /** Begins to read it from its start; called twice. */
  readonly open: () => BackupReading;
  /** Whether what the store holds may be replaced. */
  readonly force: boolean;
  /** Checks everything, and writes nothing. The store must exist and be intact. */
  readonly dryRun?: boolean;
}

/** A record and the line that it stands on, counted from 1. */
export interface PlacedLine {
  readonly line: number;
  readonly record: BackupLine;
}

export interface BackupReading {
  readonly header: BackupHeader;
  /** The file is known to be complete only at its end. Throws `BackupError`, which names the line. */
  readonly records: Iterable<PlacedLine>;
}

/** What a restore did. */
export interface Restored {
  /** Where the store stands now. */
  readonly revision: number;
  readonly records: number;
  /** Credentials revoked or deleted since the backup that are valid again. */
  readonly revivedCredentials: readonly string[];
  /** User IDs assigned since the backup; they stay reserved. */
  readonly keptUserIds: number;
  /** New path of a database that could not be opened; undefined if it could be. */
  readonly setAside: string | undefined;
}

/** The order of records in a backup: that of their keys in the store. */
export function compareRecords(a: { kind: string; id: string }, b: { kind: string; id: string }): number {
  return (
    Buffer.compare(Buffer.from(a.kind), Buffer.from(b.kind)) ||
    Buffer.compare(Buffer.from(a.id), Buffer.from(b.id))
  );
}
