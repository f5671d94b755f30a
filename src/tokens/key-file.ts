import { type CryptoKey, importJWK, type JWK } from 'jose';
import { readKeyEntries } from './key-entries.ts';
import { checkKeyFileAccess, type KeyFileTrust } from './key-file-access.ts';
import { KeyFileError } from './key-file-error.ts';
import type { SigningAlgorithm, SigningKeys, VerificationKey, VerificationKeys } from './key-set.ts';
import { type ParsedKey, parseKeys } from './parse-keys.ts';
import { readKeyFile } from './read-key-file.ts';

/**
 * Loads the keys of a signing file: the first private key signs, and all keys verify. If `only` is set, every key must be
 * for this algorithm. Throws `KeyFileError`.
 */
export async function loadSigningKeys(
  path: string,
  only?: SigningAlgorithm,
  trust: KeyFileTrust = {},
): Promise<SigningKeys> {
  const keys = await loadKeyFile(path, trust);
  if (only !== undefined && keys.some((key) => key.publicJwk.alg !== only))
    throw new KeyFileError(path, `holds a key that is not for ${only}, and may hold no other`);
  const first = keys.find((key) => key.privateKey !== undefined);
  if (first?.privateKey === undefined) throw new KeyFileError(path, 'holds no private key to sign with');
  const { kid, alg } = first.publicJwk;
  const key = await importKey(first.privateKey.export({ format: 'jwk' }), alg, path);
  return { signer: { kid, alg, key }, ...(await importAll(keys, path)) };
}

/**
 * Loads verification keys of one or several files. A key may be in several files, for example as private and as public
 * key. Throws `KeyFileError`, also if two keys share a `kid`.
 */
export async function loadVerificationKeys(
  paths: string | readonly string[],
  trust: KeyFileTrust = {},
): Promise<VerificationKeys> {
  const merged = new Map<string, ParsedKey>();
  let last = '';
  for (const path of typeof paths === 'string' ? [paths] : paths) {
    for (const key of await loadKeyFile(path, trust)) {
      const known = merged.get(key.publicJwk.kid)?.publicJwk;
      if (known !== undefined && (known.x !== key.publicJwk.x || known.y !== key.publicJwk.y))
        throw new KeyFileError(path, `holds another key under a kid that ${last} has too`);
      merged.set(key.publicJwk.kid, key);
    }
    last = path;
  }
  return importAll([...merged.values()], last);
}

/** Loads verification keys for a process that must not have private keys. Throws `KeyFileError`, also for a private key. */
export async function loadPublicKeys(paths: readonly string[]): Promise<VerificationKeys> {
  for (const path of paths)
    if ((await readKeyEntries(path)).some(({ isPrivate }) => isPrivate))
      throw new KeyFileError(
        path,
        'holds a private key, and a sidecar verifies with public keys alone: write them with sallyport key init --public, and name that file',
      );
  return loadVerificationKeys(paths);
}

async function loadKeyFile(path: string, trust: KeyFileTrust): Promise<ParsedKey[]> {
  const { text, ownership } = await readKeyFile(path);
  const keys = await parseKeys(text, path);
  if (keys.some((key) => key.privateKey !== undefined)) checkKeyFileAccess(path, ownership, trust);
  return keys;
}

async function importAll(keys: readonly ParsedKey[], path: string): Promise<VerificationKeys> {
  const verification = new Map<string, VerificationKey>();
  for (const { publicJwk } of keys) {
    const { kid, alg } = publicJwk;
    verification.set(kid, { kid, alg, key: await importKey({ ...publicJwk }, alg, path) });
  }
  return { verification, publicJwks: { keys: keys.map((key) => key.publicJwk) } };
}

async function importKey(jwk: JWK, alg: SigningAlgorithm, path: string): Promise<CryptoKey> {
  const key = await importJWK(jwk, alg, { extractable: false });
  if (key instanceof Uint8Array) throw new KeyFileError(path, 'holds a symmetric key');
  return key;
}
