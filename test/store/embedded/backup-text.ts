import type { BackupReading } from '../../../src/store/backup.ts';
import { openBackupSource } from '../../../src/store/embedded/backup-source.ts';
import { encodeBackup } from '../../../src/store/encode-backup.ts';
import { readBackup } from '../../../src/store/read-backup.ts';

/** A backup of the store in a folder, as text. */
export async function backUp(path: string): Promise<string> {
  const snapshot = await openBackupSource(path, Date.UTC(2027, 0, 1));
  try {
    return [...encodeBackup(snapshot)].join('');
  } finally {
    await snapshot.close();
  }
}

/** The reading of a backup that is text. */
export function readText(text: string): BackupReading {
  const lines = text.split('\n').map((line) => Buffer.from(line));
  if (lines.at(-1)?.length === 0) lines.pop();
  return readBackup(lines, 'backup.jsonl');
}
