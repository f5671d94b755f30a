import type { Config } from '../config/config.ts';
import { logEvent } from '../observe/log-event.ts';
import type { Logger } from '../observe/logger.ts';
import { AccountError } from '../resources/account-error.ts';
import type { Issuing } from '../resources/issue-credential.ts';
import { generateKeyFile } from '../tokens/generate-key-file.ts';
import { loadSigningKeys, loadVerificationKeys } from '../tokens/key-file.ts';
import type { SigningKeys, VerificationKeys } from '../tokens/key-set.ts';
import { type WatchedKeys, watchKeyFiles } from '../tokens/watch-key-files.ts';

/** What new credentials are made with, on a machine that holds the key for it. */
export async function openIssuing(config: Config): Promise<Issuing> {
  const { credential, algorithm } = config.keys;
  if (credential === undefined)
    throw new AccountError(
      'keys.credential is not set: credentials are made on a machine that holds the key to sign them',
    );
  if (makesKeys(config)) await generateKeyFile(credential, algorithm);
  const { signer } = await loadSigningKeys(credential);
  const { issuer, audience, tokens } = config;
  return { signer, issuer, audience, maxLifetimeMs: tokens.maxLifetimeMs };
}

/** The keys of a sidecar, each kept up with its files. */
export interface Keys {
  readonly verification: WatchedKeys<VerificationKeys>;
  readonly assertion: WatchedKeys<SigningKeys>;
  close(): void;
}

/** Only where the store is this machine's own: of machines that share one, each would make others. */
function makesKeys({ store }: Config): boolean {
  return store.redis === undefined;
}

/** The keys that say who is signed in to the admin API, kept up with their files. */
export async function openAdminKeys(config: Config, logger: Logger): Promise<WatchedKeys<VerificationKeys>> {
  const { credential, verification, algorithm } = config.keys;
  if (makesKeys(config) && credential !== undefined && (await generateKeyFile(credential, algorithm)))
    logEvent(logger, 'keys-made', { file: credential });
  const paths = credential === undefined ? verification : [credential, ...verification];
  return watchKeyFiles(paths, () => loadVerificationKeys(paths), {
    onChange: (keys) =>
      logEvent(logger, 'keys-loaded', { file: paths.join(', '), keys: keys.verification.size }),
    onError: (fault) => logEvent(logger, 'keys-fault', { file: paths.join(', '), fault }),
  });
}

/** Keys are made on first start where that is right; a file that changes is read again. */
export async function openKeys(config: Config, logger: Logger): Promise<Keys> {
  const { credential, verification: files, assertion: assertionFile, algorithm } = config.keys;
  const making = makesKeys(config);
  if (making && credential !== undefined && (await generateKeyFile(credential, algorithm)))
    logEvent(logger, 'keys-made', { file: credential });
  if (making && (await generateKeyFile(assertionFile, 'ES256')))
    logEvent(logger, 'keys-made', { file: assertionFile });

  const watch = <K extends VerificationKeys>(paths: readonly string[], load: () => Promise<K>) =>
    watchKeyFiles(paths, load, {
      onChange: (keys) =>
        logEvent(logger, 'keys-loaded', { file: paths.join(', '), keys: keys.verification.size }),
      onError: (fault) => logEvent(logger, 'keys-fault', { file: paths.join(', '), fault }),
    });
  const paths = credential === undefined ? files : [credential, ...files];
  const verification = await watch(paths, () => loadVerificationKeys(paths));
  try {
    const assertion = await watch([assertionFile], () => loadSigningKeys(assertionFile, 'ES256'));
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
