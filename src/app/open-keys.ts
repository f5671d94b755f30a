import { existsSync } from 'node:fs';
import type { Config } from '../config/config.ts';
import { keyFileTrust } from '../config/key-file-trust.ts';
import { publicKeyFile } from '../config/public-key-file.ts';
import { type WatchedFiles, watchFiles } from '../files/watch-files.ts';
import { logEvent } from '../observe/log-event.ts';
import type { Logger } from '../observe/logger.ts';
import { AccountError } from '../resources/account-error.ts';
import type { Issuing } from '../resources/issue-credential.ts';
import { generateKeyFile } from '../tokens/generate-key-file.ts';
import { loadPublicKeys, loadSigningKeys, loadVerificationKeys } from '../tokens/key-file.ts';
import type { KeyFileTrust } from '../tokens/key-file-access.ts';
import { KeyFileError } from '../tokens/key-file-error.ts';
import type { SigningKeys, VerificationKeys } from '../tokens/key-set.ts';
import { publishKeyFile } from '../tokens/publish-key-file.ts';

/** What new credentials are made with, on a machine that holds the key for it. */
export async function openIssuing(config: Config): Promise<Issuing> {
  const { credential } = config.keys;
  if (credential === undefined)
    throw new AccountError(
      'keys.credential is not set: credentials are made on a machine that holds the key to sign them',
    );
  // A key made by the way would sign what no sidecar takes: only a start makes one, or an operator.
  if (!existsSync(credential))
    throw new KeyFileError(
      credential,
      'does not exist: sallyport key init makes it, and so does sallyport serve',
    );
  const { signer } = await loadSigningKeys(credential, undefined, keyFileTrust(config));
  const { issuer, audience, tokens } = config;
  return { signer, issuer, audience, maxLifetimeMs: tokens.maxLifetimeMs };
}

/** Logs each warning about a key file once. */
function trustWithWarnings(config: Config, logger: Logger): KeyFileTrust {
  const logged = new Set<string>();
  return {
    ...keyFileTrust(config),
    onWarning(warning) {
      if (!logged.has(warning)) logEvent(logger, 'keys-warning', { warning });
      logged.add(warning);
    },
  };
}

/** The keys of a sidecar, each kept up with its files. */
export interface Keys {
  readonly verification: WatchedFiles<VerificationKeys>;
  readonly assertion: WatchedFiles<SigningKeys>;
  close(): void;
}

/** Only where the store is this machine's own: of machines that share one, each would make others. */
function makesKeys({ store }: Config): boolean {
  return store.redis === undefined;
}

/**
 * Makes the key that signs credentials, if it is this machine's to make and missing, and publishes its public half for the
 * sidecar. True if this call made the key. Throws `KeyFileError`.
 */
export async function makeCredentialKey(config: Config): Promise<boolean> {
  const { credential, algorithm } = config.keys;
  if (!makesKeys(config) || credential === undefined) return false;
  const made = await generateKeyFile(credential, algorithm);
  await publishCredentialKey(config);
  return made;
}

async function publishCredentialKey(config: Config): Promise<void> {
  const published = publicKeyFile(config);
  if (config.keys.credential === undefined || published === undefined) return;
  await publishKeyFile(config.keys.credential, published, keyFileTrust(config));
}

/** The keys that say who is signed in to the admin API, kept up with their files, and so is what the sidecar sees of them. */
export async function openAdminKeys(config: Config, logger: Logger): Promise<WatchedFiles<VerificationKeys>> {
  const { credential, verification } = config.keys;
  if (credential !== undefined && (await makeCredentialKey(config)))
    logEvent(logger, 'keys-made', { file: credential });
  const paths = credential === undefined ? verification : [credential, ...verification];
  const file = paths.join(', ');
  const onError = (fault: unknown) => logEvent(logger, 'keys-fault', { file, fault });
  const trust = trustWithWarnings(config, logger);
  return watchFiles(paths, () => loadVerificationKeys(paths, trust), {
    onChange(keys) {
      logEvent(logger, 'keys-loaded', { file, keys: keys.verification.size });
      publishCredentialKey(config).catch(onError);
    },
    onError,
  });
}

/**
 * The keys that a sidecar decides with: public ones for credentials, and its own for the assertion, which is made on first
 * start with the embedded store. A file that changes is read again.
 */
export async function openKeys(config: Config, logger: Logger): Promise<Keys> {
  const { verification: files, assertion: assertionFile } = config.keys;
  if (makesKeys(config) && (await generateKeyFile(assertionFile, 'ES256')))
    logEvent(logger, 'keys-made', { file: assertionFile });

  const watch = <K extends VerificationKeys>(paths: readonly string[], load: () => Promise<K>) =>
    watchFiles(paths, load, {
      onChange: (keys) =>
        logEvent(logger, 'keys-loaded', { file: paths.join(', '), keys: keys.verification.size }),
      onError: (fault) => logEvent(logger, 'keys-fault', { file: paths.join(', '), fault }),
    });
  const trust = trustWithWarnings(config, logger);
  const published = publicKeyFile(config);
  const paths = published === undefined ? files : [published, ...files];
  const verification = await watch(paths, () => loadPublicKeys(paths));
  try {
    const assertion = await watch([assertionFile], () => loadSigningKeys(assertionFile, 'ES256', trust));
    return {
      verification,
      assertion,
      close: () => {
        verification.close();
        assertion.close();
      },
    };
  } catch (error) {
    verification.close();
    throw error;
  }
}
