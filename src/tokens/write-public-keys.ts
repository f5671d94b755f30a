import { stat } from 'node:fs/promises';
import { systemErrorCode } from '../files/system-error-code.ts';
import { formatKeySet } from './generate-key.ts';
import { readKeyEntries } from './key-entries.ts';
import { KeyFileError } from './key-file-error.ts';
import type { PublicJwks } from './key-set.ts';
import { replaceFile } from './write-key-file.ts';

/**
 * Writes public keys to a file (mode 0644) that machines which only verify can use. Takes the place of an older set of
 * public keys, and of nothing else. Throws `KeyFileError`.
 */
export async function writePublicKeys(path: string, { keys }: PublicJwks): Promise<void> {
  if (await exists(path)) {
    const entries = await readKeyEntries(path);
    if (entries.some(({ isPrivate }) => isPrivate))
      throw new KeyFileError(path, 'holds a private key, and is not replaced');
  }
  try {
    await replaceFile(path, formatKeySet(keys), 0o644);
  } catch (error) {
    throw new KeyFileError(path, `can't be written (${systemErrorCode(error) ?? 'for an unknown reason'})`);
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return false;
    throw new KeyFileError(path, `can't be looked at (${systemErrorCode(error) ?? 'for an unknown reason'})`);
  }
}
