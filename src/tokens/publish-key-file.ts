import { mkdir, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemErrorCode } from '../files/system-error-code.ts';
import { formatKeySet } from './generate-key.ts';
import { readKeyEntries } from './key-entries.ts';
import { loadVerificationKeys } from './key-file.ts';
import type { KeyFileTrust } from './key-file-access.ts';
import { KeyFileError, keyFileFault } from './key-file-error.ts';
import type { PublicJwks } from './key-set.ts';
import { replaceFile } from './write-key-file.ts';

/**
 * Writes the public keys of a key file to another file if they differ from its content. True if it wrote the file. Throws
 * `KeyFileError`.
 */
export async function publishKeyFile(
  path: string,
  publicPath: string,
  trust: KeyFileTrust = {},
): Promise<boolean> {
  const loaded = await loadVerificationKeys(path, trust);
  // Sorted, so that the file does not change if only the signing key does.
  const keys = loaded.publicJwks.keys.toSorted((a, b) => (a.kid < b.kid ? -1 : 1));
  const current = await readFile(publicPath, 'utf8').catch(() => undefined);
  if (current === formatKeySet(keys)) return false;
  try {
    await mkdir(dirname(publicPath), { recursive: true, mode: 0o700 });
  } catch (error) {
    throw keyFileFault(publicPath, "its folder can't be made", error);
  }
  await writePublicKeys(publicPath, { keys });
  return true;
}

/**
 * Writes public keys to a file (mode 0644) for machines that only verify. Replaces only a file of public keys. Throws
 * `KeyFileError`.
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
    throw keyFileFault(path, "can't be written", error);
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return false;
    throw keyFileFault(path, "can't be read", error);
  }
}
