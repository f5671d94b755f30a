import { z } from 'zod';
import type { SigningAlgorithm } from './key-set.ts';
import { parseKeys } from './parse-keys.ts';
import { readKeyFile } from './read-key-file.ts';

/** A key of a file that can be written again. */
export interface KeyEntry {
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  readonly isPrivate: boolean;
  /** Milliseconds since the epoch; undefined if the file does not say. */
  readonly createdAt: number | undefined;
  /** All members, including private ones. `kid`, `alg` and `use` have their effective values. */
  readonly jwk: Readonly<Record<string, unknown>>;
}

/** Keeps further members, such as `iat`. */
const Member = z.looseObject({});
const JwkSet = z.object({ keys: z.array(Member) });
const IssuedAt = z.object({ iat: z.number().positive().max(253_402_300_799) });

/** The keys of a key file, in its order. Throws `KeyFileError`. */
export async function readKeyEntries(path: string): Promise<KeyEntry[]> {
  const { text } = await readKeyFile(path);
  // First, because its errors never quote the file.
  const keys = await parseKeys(text, path);
  const written = readMembers(text);
  return keys.map(({ publicJwk, privateKey }, index) => {
    const members = written[index] ?? {};
    const issued = IssuedAt.safeParse(members);
    return {
      kid: publicJwk.kid,
      alg: publicJwk.alg,
      isPrivate: privateKey !== undefined,
      createdAt: issued.success ? issued.data.iat * 1000 : undefined,
      jwk: { ...members, ...privateKey?.export({ format: 'jwk' }), ...publicJwk },
    };
  });
}

function readMembers(text: string): readonly Record<string, unknown>[] {
  if (text.includes('-----BEGIN ')) return [];
  const json: unknown = JSON.parse(text);
  const set = JwkSet.safeParse(json);
  if (set.success) return set.data.keys;
  const single = Member.safeParse(json);
  return single.success ? [single.data] : [];
}

/** The public properties of a key. */
export interface ListedKey {
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  readonly state: 'signs' | 'verifies';
  /** Milliseconds since the epoch; undefined if the file does not say. */
  readonly createdAt: number | undefined;
}

/** The keys of a file, in its order. The one in state `signs` signs new tokens. Throws `KeyFileError`. */
export async function listKeyFile(path: string): Promise<ListedKey[]> {
  const entries = await readKeyEntries(path);
  const signer = entries.find((entry) => entry.isPrivate);
  return entries.map((entry: KeyEntry) => ({
    kid: entry.kid,
    alg: entry.alg,
    state: entry === signer ? 'signs' : 'verifies',
    createdAt: entry.createdAt,
  }));
}
