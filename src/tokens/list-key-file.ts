import { type KeyEntry, readKeyEntries } from './key-entries.ts';
import type { SigningAlgorithm } from './key-set.ts';

/** What may be told of a key. */
export interface ListedKey {
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  readonly state: 'signs' | 'verifies';
  /** Milliseconds since the epoch; undefined where the file does not say. */
  readonly createdAt: number | undefined;
}

/** The keys of a file, in its order; `signs` is the one that new tokens are signed with. Throws `KeyFileError`. */
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
