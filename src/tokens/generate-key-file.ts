import { lstat, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { formatKeySet, generateKey } from './generate-key.ts';
import { keyFileFault } from './key-file-error.ts';
import type { SigningAlgorithm } from './key-set.ts';
import { createFileOnce } from './write-key-file.ts';

/**
 * Creates a key file (a JWK Set with one private key, mode 0600) and its folders (0700). Never changes an existing file or
 * its folder. If several calls run at once, one of them creates the file. True if this call created it. Throws
 * `KeyFileError`.
 * @param now milliseconds since the epoch
 */
export async function generateKeyFile(
  path: string,
  alg: SigningAlgorithm,
  now = Date.now(),
): Promise<boolean> {
  // If it is unknown whether the file exists, the attempt to create it reports why.
  if (await lstat(path).catch(() => undefined)) return false;
  const text = formatKeySet([await generateKey(alg, now)]);
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    return await createFileOnce(path, text, 0o600);
  } catch (error) {
    throw keyFileFault(path, "can't be made", error);
  }
}
