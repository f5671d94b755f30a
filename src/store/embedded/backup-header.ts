import { BACKUP_VERSION, type BackupHeader } from '../backup.ts';
import type { EmbeddedHead } from './embedded-head.ts';

/** The head of a store of whatever format. */
export type RawHead = Omit<EmbeddedHead, 'format'> & { readonly format: number };

/** @param now milliseconds since the epoch */
export function headerOf({ format, epoch, revision, counts }: RawHead, now: number): BackupHeader {
  const created_at = new Date(now).toISOString();
  return { sallyport_backup: BACKUP_VERSION, store_format: format, epoch, revision, created_at, counts };
}
