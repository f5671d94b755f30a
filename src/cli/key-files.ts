import { existsSync } from 'node:fs';
import { Argument, type Command } from 'commander';
import type { Config } from '../config/config.ts';
import { keyFileTrust } from '../config/key-file-trust.ts';
import { publicKeyFile } from '../config/public-key-file.ts';
import { OperationError } from '../contract/operation-error.ts';
import { type ListedKey, listKeyFile } from '../tokens/key-entries.ts';
import { loadVerificationKeys } from '../tokens/key-file.ts';
import { KeyFileError } from '../tokens/key-file-error.ts';
import { publishKeyFile, writePublicKeys } from '../tokens/publish-key-file.ts';

/** What a key signs. */
export type KeyUse = 'credential' | 'assertion';
export const KEY_USES: readonly KeyUse[] = ['credential', 'assertion'];

export interface ConfiguredKey extends ListedKey {
  readonly use: KeyUse;
  readonly file: string;
}

export function addUseArgument(command: Command): Command {
  return command.addArgument(new Argument('<use>', 'what the key signs').choices(KEY_USES));
}

/** The file whose first private key signs. Throws `OperationError` where this machine has none. */
export function signingFile({ keys }: Config, use: KeyUse): string {
  if (use === 'assertion') return keys.assertion;
  if (keys.credential !== undefined) return keys.credential;
  throw new OperationError(
    'unprocessable',
    'keys.credential is off: this machine only verifies; change keys on the one that holds the key that signs',
  );
}

/** Every key of the files that the configuration names; those that can't be read are told of by `onMissing`. */
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
  'also write the public keys that credentials verify with to this file, for keys.verification on sidecars that only verify';

/** Whether a sidecar with this machine's embedded store may know the credential keys already. */
export function isPublished(config: Config): boolean {
  const published = publicKeyFile(config);
  return published !== undefined && existsSync(published);
}

/**
 * To be called after keys were changed: writes the public half of the key file to where the sidecar of an embedded store reads
 * it, and that of everything that credentials verify with here to `file`, if one is named.
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
