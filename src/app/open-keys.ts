import { existsSync } from 'node:fs';
import type { Config } from '../config/config.ts';
import { keyFileTrust, publicKeyFile } from '../config/key-files.ts';
import type { Secret } from '../config/secret.ts';
import { readSharedSecretFile } from '../config/secret-file.ts';
import { OperationError } from '../contract/operation-error.ts';
import { readCertificates } from '../files/pem-files.ts';
import { fixed, type Watched, type WatchedFiles } from '../files/watch-files.ts';
import { logEvent } from '../observe/log-event.ts';
import type { Logger } from '../observe/logger.ts';
import type { Issuing } from '../operations/issue-credential.ts';
import {
  createClientCertificateReader,
  type ReadClientCertificate,
} from '../policy/client-certificate-reader.ts';
import { storeOf } from '../store/drivers.ts';
import { generateKeyFile } from '../tokens/generate-key-file.ts';
import { loadPublicKeys, loadSigningKeys, loadVerificationKeys } from '../tokens/key-file.ts';
import type { KeyFileTrust } from '../tokens/key-file-access.ts';
import { KeyFileError } from '../tokens/key-file-error.ts';
import type { SigningKeys, VerificationKeys } from '../tokens/key-set.ts';
import { publishKeyFile } from '../tokens/publish-key-file.ts';
import type { ConfiguredFiles } from './configured-files.ts';

/** What new credentials are made with, on a machine that holds the signing key. */
export async function openIssuing(config: Config): Promise<Issuing> {
  const { credential } = config.keys;
  if (credential === undefined)
    throw new OperationError(
      'unprocessable',
      'keys.credential is not set: credentials are made on a machine that holds the key to sign them',
    );
  // Sidecars would not accept a key made here: only a start or an operator makes one.
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

/** The keys of a sidecar. All follow their files. */
export interface Keys {
  readonly verification: WatchedFiles<VerificationKeys>;
  readonly assertion: WatchedFiles<SigningKeys>;
  /** Pomerium's, if its tokens count. */
  readonly sharedSecret: Watched<Secret | undefined>;
  readonly clientCertificates: Watched<ReadClientCertificate>;
}

/**
 * Makes the key that signs credentials, if it is this machine's to make and missing, and publishes its public half for the
 * sidecar. True if this call made the key. Throws `KeyFileError`.
 */
export async function makeCredentialKey(config: Config): Promise<boolean> {
  const { credential, algorithm } = config.keys;
  if (!storeOf(config).capabilities.makesKeys || credential === undefined) return false;
  const made = await generateKeyFile(credential, algorithm);
  await publishCredentialKey(config);
  return made;
}

async function publishCredentialKey(config: Config): Promise<void> {
  const published = publicKeyFile(config);
  if (config.keys.credential === undefined || published === undefined) return;
  await publishKeyFile(config.keys.credential, published, keyFileTrust(config));
}

/** The keys that authenticate to the admin API. They follow their files, and so does the public half for the sidecar. */
export async function openAdminKeys(
  config: Config,
  files: ConfiguredFiles,
  logger: Logger,
): Promise<WatchedFiles<VerificationKeys>> {
  const { credential, verification } = config.keys;
  if (credential !== undefined && (await makeCredentialKey(config)))
    logEvent(logger, 'keys-made', { file: credential });
  const paths = credential === undefined ? verification : [credential, ...verification];
  const file = paths.join(', ');
  const onError = (fault: unknown) => logEvent(logger, 'keys-fault', { file, fault });
  const trust = trustWithWarnings(config, logger);
  return files.watch('keys', paths, () => loadVerificationKeys(paths, trust), {
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
export async function openKeys(config: Config, files: ConfiguredFiles, logger: Logger): Promise<Keys> {
  const { verification: verificationFiles, assertion: assertionFile } = config.keys;
  if (storeOf(config).capabilities.makesKeys && (await generateKeyFile(assertionFile, 'ES256')))
    logEvent(logger, 'keys-made', { file: assertionFile });

  const watch = <K extends VerificationKeys>(
    setting: string,
    paths: readonly string[],
    load: () => Promise<K>,
  ) =>
    files.watch(setting, paths, load, {
      onChange: (keys) =>
        logEvent(logger, 'keys-loaded', { file: paths.join(', '), keys: keys.verification.size }),
      onError: (fault) => logEvent(logger, 'keys-fault', { file: paths.join(', '), fault }),
    });
  const trust = trustWithWarnings(config, logger);
  const published = publicKeyFile(config);
  const paths = published === undefined ? verificationFiles : [published, ...verificationFiles];
  return {
    verification: await watch('keys.verification', paths, () => loadPublicKeys(paths)),
    assertion: await watch('keys.assertion', [assertionFile], () =>
      loadSigningKeys(assertionFile, 'ES256', trust),
    ),
    sharedSecret: await watchSharedSecret(config, files),
    clientCertificates: await watchClientCertificates(config, files),
  };
}

async function watchSharedSecret(
  { pomerium }: Config,
  files: ConfiguredFiles,
): Promise<Watched<Secret | undefined>> {
  const file = pomerium?.sharedSecretFile;
  if (file === undefined) return fixed(pomerium?.sharedSecret);
  return files.watch<Secret | undefined>('pomerium.shared_secret_file', [file], () =>
    readSharedSecretFile(file),
  );
}

async function watchClientCertificates(
  { clientCa }: Config,
  files: ConfiguredFiles,
): Promise<Watched<ReadClientCertificate>> {
  if (clientCa === undefined) return fixed(readClientAuthorities(undefined));
  return files.watch('client_ca', [clientCa], () => readClientAuthorities(clientCa));
}

/** Verifies client certificates by the CA bundle. Throws `PemFileError`. */
export function readClientAuthorities(clientCa: string | undefined): ReadClientCertificate {
  const bundle = clientCa === undefined ? undefined : readCertificates(clientCa).pem.toString('utf8');
  return createClientCertificateReader(bundle);
}
