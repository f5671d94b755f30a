import { existsSync } from 'node:fs';
import type { Config } from '../config/config.ts';
import { keyFileTrust, publicKeyFile } from '../config/key-files.ts';
import { OperationError } from '../contract/operation-error.ts';
import { type CredentialsByKey, countCredentialsByKey } from '../operations/credentials-by-key.ts';
import { Reader } from '../operations/reader.ts';
import { StoreFormatError, StoreUnavailable } from '../store/port.ts';
import { RecordFault } from '../store/record.ts';
import { type ListedKey, listKeyFile } from '../tokens/key-entries.ts';
import { loadVerificationKeys } from '../tokens/key-file.ts';
import { KeyFileError } from '../tokens/key-file-error.ts';
import { publishKeyFile, writePublicKeys } from '../tokens/publish-key-file.ts';
import type { CliContext } from './cli-context.ts';

/** What a key signs. */
export type KeyUse = 'credential' | 'assertion';
export const KEY_USES: readonly KeyUse[] = ['credential', 'assertion'];

export interface ConfiguredKey extends ListedKey {
  readonly use: KeyUse;
  readonly file: string;
}

/** The file whose first private key signs. Throws `OperationError` if this machine has none. */
export function signingFile({ keys }: Config, use: KeyUse): string {
  if (use === 'assertion') return keys.assertion;
  if (keys.credential !== undefined) return keys.credential;
  throw new OperationError(
    'unprocessable',
    'keys.credential is off: this machine only verifies; change keys on the machine that holds the signing key',
  );
}

/** Every key of the configured files. `onMissing` receives the files that cannot be read. */
export async function listConfiguredKeys(
  { keys }: Config,
  onMissing: (setting: string, problem: KeyFileError) => void,
): Promise<ConfiguredKey[]> {
  const files: { use: KeyUse; file: string; setting: string; signs: boolean }[] = [
    ...(keys.credential === undefined
      ? []
      : [{ use: 'credential' as const, file: keys.credential, setting: 'keys.credential', signs: true }]),
    ...keys.verification.map((file, index) => ({
      use: 'credential' as const,
      file,
      setting: `keys.verification[${index}]`,
      signs: false,
    })),
    { use: 'assertion', file: keys.assertion, setting: 'keys.assertion', signs: true },
  ];
  const found: ConfiguredKey[] = [];
  for (const { use, file, setting, signs } of files)
    try {
      for (const key of await listKeyFile(file))
        found.push({ ...key, use, file, state: signs ? key.state : 'verifies' });
    } catch (error) {
      if (!(error instanceof KeyFileError)) throw error;
      onMissing(setting, error);
    }
  return found;
}

export const PUBLIC_FLAGS = '--public <file>';
export const PUBLIC_HELP =
  'also write the public keys for credentials to this file, for keys.verification on sidecars that only verify';

/**
 * Called after every change of keys. Writes the public half of the credential key file to the place that the sidecar of an embedded
 * store reads, and the public half of all credential keys to `file`, if given.
 */
export async function publishKeys(config: Config, file: string | undefined): Promise<void> {
  const { keys } = config;
  const trust = keyFileTrust(config);
  const published = publicKeyFile(config);
  if (keys.credential !== undefined && published !== undefined && existsSync(keys.credential))
    await publishKeyFile(keys.credential, published, trust);
  if (file === undefined) return;
  const paths = keys.verification.concat(keys.credential ?? []);
  await writePublicKeys(file, (await loadVerificationKeys(paths, trust)).publicJwks);
}

/** Counts the credentials in the configured store, or returns why it cannot be read. */
export async function readCredentialsByKey(
  context: Pick<CliContext, 'openStore' | 'clock'>,
  config: Config,
): Promise<CredentialsByKey | { readonly problem: string }> {
  try {
    const store = await context.openStore(config);
    try {
      return await countCredentialsByKey(new Reader(store), store.telemetry, context.clock());
    } finally {
      await store.close();
    }
  } catch (error) {
    if (
      error instanceof StoreUnavailable ||
      error instanceof StoreFormatError ||
      error instanceof RecordFault
    )
      return { problem: error.message };
    throw error;
  }
}
