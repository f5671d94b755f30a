import { realpath, stat } from 'node:fs/promises';
import { systemErrorCode } from '../files/system-error-code.ts';
import { formatKeySet, generateKey } from './generate-key.ts';
import { type KeyEntry, readKeyEntries } from './key-entries.ts';
import { loadVerificationKeys } from './key-file.ts';
import type { KeyFileTrust } from './key-file-access.ts';
import { KeyFileError, keyFileFault } from './key-file-error.ts';
import type { SigningAlgorithm } from './key-set.ts';
import { withFileLock } from './lock-file.ts';
import { replaceFile } from './write-key-file.ts';

export interface Rotation {
  /** The `kid` of the new key. */
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  /** The key that signed before. With `next` it still signs. */
  readonly previous: string | undefined;
}

interface ChangeOptions {
  /** Only a file that a process with this trust would load is changed. */
  readonly trust?: KeyFileTrust;
}

/**
 * Adds a new key to a key file. The new key signs, and older keys still verify. With `next` the new key only verifies, so
 * that all sidecars know it before `promoteKey` makes it sign. Concurrent calls each add a key. Throws `KeyFileError`.
 * @param now milliseconds since the epoch
 */
export function rotateKeyFile(
  path: string,
  alg: SigningAlgorithm,
  now: number,
  { next = false, trust }: ChangeOptions & { readonly next?: boolean } = {},
): Promise<Rotation> {
  return changeKeyFile(path, trust, async (entries) => {
    const key = await generateKey(alg, now);
    const jwks = entries.map(({ jwk }) => jwk);
    const previous = signerOf(entries)?.kid;
    return { jwks: next ? [...jwks, key] : [key, ...jwks], result: { kid: key.kid, alg, previous } };
  });
}

/** Makes a key of the file the signing key. Throws `KeyFileError` if the key is missing or only public. */
export function promoteKey(path: string, kid: string, { trust }: ChangeOptions = {}): Promise<void> {
  return changeKeyFile(path, trust, async (entries) => {
    const entry = find(entries, kid, path);
    if (!entry.isPrivate)
      throw new KeyFileError(path, `holds the public half of ${kid} alone, which can't sign`);
    const others = entries.filter((other) => other !== entry);
    return { jwks: [entry, ...others].map(({ jwk }) => jwk), result: undefined };
  });
}

/**
 * Removes a key that no longer signs, so that its tokens are refused. With `dryRun` only checks whether it can be removed.
 * Throws `KeyFileError`.
 */
export function removeKey(
  path: string,
  kid: string,
  { dryRun = false, trust }: ChangeOptions & { readonly dryRun?: boolean } = {},
): Promise<void> {
  return changeKeyFile(path, trust, async (entries) => {
    const entry = find(entries, kid, path);
    if (entries.length === 1) throw new KeyFileError(path, `holds no key but ${kid}: rotate first`);
    if (entry === signerOf(entries))
      throw new KeyFileError(path, `signs with ${kid}: rotate first, or promote another key`);
    const left = entries.filter((other) => other !== entry);
    return { jwks: dryRun ? undefined : left.map(({ jwk }) => jwk), result: undefined };
  });
}

interface KeyFileChange<T> {
  /** Undefined to leave the file unchanged. */
  readonly jwks: readonly unknown[] | undefined;
  readonly result: T;
}

/** Reads, changes and replaces a file under a lock. Replaces the target of a link, not the link. */
async function changeKeyFile<T>(
  path: string,
  trust: KeyFileTrust | undefined,
  change: (entries: readonly KeyEntry[]) => Promise<KeyFileChange<T>>,
): Promise<T> {
  const file = await realpath(path).catch((error: unknown) => {
    throw new KeyFileError(
      path,
      systemErrorCode(error) === 'ENOENT' ? 'does not exist: run sallyport key init' : "can't be read",
    );
  });
  return withFileLock(file, async () => {
    // Refuse a file that no process would load afterwards.
    await loadVerificationKeys(file, trust);
    const { jwks, result } = await change(await readKeyEntries(file));
    if (!jwks) return result;
    try {
      const { mode } = await stat(file);
      await replaceFile(file, formatKeySet(jwks), 0o600 | (mode & 0o040));
    } catch (error) {
      throw keyFileFault(path, "can't be replaced, and was not changed", error);
    }
    return result;
  });
}

function signerOf(entries: readonly KeyEntry[]): KeyEntry | undefined {
  return entries.find(({ isPrivate }) => isPrivate);
}

function find(entries: readonly KeyEntry[], kid: string, path: string): KeyEntry {
  const entry = entries.find((one) => one.kid === kid);
  if (!entry) throw new KeyFileError(path, `holds no key ${JSON.stringify(kid)}`);
  return entry;
}
