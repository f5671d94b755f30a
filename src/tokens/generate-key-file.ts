import { lstat, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { formatKeySet, generateKey } from './generate-key.ts';
import { keyFileFault } from './key-file-error.ts';
import type { SigningAlgorithm } from './key-set.ts';
import { createFileOnce } from './write-key-file.ts';

/**
 * Makes a key file (a JWK Set with one private key, mode 0600) with its folders (0700), unless there is one: an
 * existing file is never replaced, nor is its folder touched, and of several that try at once one makes it. True if this call did. Throws
 * `KeyFileError`.
 * @param now milliseconds since the epoch
 */
export async function generateKeyFile(
  path: string,
  alg: SigningAlgorithm,
  now = Date.now(),
): Promise<boolean> {
  if (await exists(path)) return false;
  const text = formatKeySet([await generateKey(alg, now)]);
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    return await createFileOnce(path, text, 0o600);
  } catch (error) {
    throw keyFileFault(path, "can't be made", error);
  }
}

/** Whether the path exists. If that is unknown, the attempt to create the file reports why. */
async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
