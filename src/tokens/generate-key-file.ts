import { randomBytes } from 'node:crypto';
import { link, mkdir, open, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import { KeyFileError, systemErrorCode } from './key-file-error.ts';
import type { SigningAlgorithm } from './key-set.ts';

/**
 * Makes a key file (a JWK Set with one private key, mode 0600) with its folders (0700), unless there is one: an
 * existing file is never replaced, and of several that try at once one makes it. True where this call did. Throws
 * `KeyFileError`.
 */
export async function generateKeyFile(path: string, alg: SigningAlgorithm): Promise<boolean> {
  const text = await generateKeySet(alg);
  const folder = dirname(path);
  const temporary = join(folder, `.${basename(path)}.${randomBytes(8).toString('hex')}.tmp`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeDurably(temporary, text);
    // Unlike rename, link never replaces what is there.
    if (!(await linkUnlessTaken(temporary, path))) return false;
    await flushFolder(folder);
    return true;
  } catch (error) {
    const code = systemErrorCode(error);
    throw new KeyFileError(path, `can't be made${code === undefined ? '' : ` (${code})`}`);
  } finally {
    await unlink(temporary).catch(() => undefined);
  }
}

async function generateKeySet(alg: SigningAlgorithm): Promise<string> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = await exportJWK(privateKey);
  const kid = await calculateJwkThumbprint(jwk);
  return `${JSON.stringify({ keys: [{ ...jwk, kid, alg, use: 'sig' }] }, null, 2)}\n`;
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function linkUnlessTaken(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

async function flushFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
