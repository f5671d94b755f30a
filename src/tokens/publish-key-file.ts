import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemErrorCode } from '../files/system-error-code.ts';
import { formatKeySet } from './generate-key.ts';
import { loadVerificationKeys } from './key-file.ts';
import type { KeyFileTrust } from './key-file-access.ts';
import { KeyFileError } from './key-file-error.ts';
import { writePublicKeys } from './write-public-keys.ts';

/**
 * Writes the public halves of a key file to another file, unless they are there already. True if this call wrote it. Throws
 * `KeyFileError`.
 */
export async function publishKeyFile(
  path: string,
  publicPath: string,
  trust: KeyFileTrust = {},
): Promise<boolean> {
  const loaded = await loadVerificationKeys(path, trust);
  // Which of them signs is no matter of the public file: it stays as it is if only that changes.
  const keys = loaded.publicJwks.keys.toSorted((a, b) => (a.kid < b.kid ? -1 : 1));
  const current = await readFile(publicPath, 'utf8').catch(() => undefined);
  if (current === formatKeySet(keys)) return false;
  try {
    await mkdir(dirname(publicPath), { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new KeyFileError(
      publicPath,
      `its folder can't be made (${systemErrorCode(error) ?? 'for an unknown reason'})`,
    );
  }
  await writePublicKeys(publicPath, { keys });
  return true;
}
