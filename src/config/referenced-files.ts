import { checkBelongs, PemFileError, readCertificates, readPrivateKey } from '../files/pem-files.ts';
import type { Report } from './cross-checks.ts';
import type { Settings } from './schema.ts';
import type { Secret } from './secret.ts';
import { readSharedSecretFile, rereadable, SecretFileError } from './secret-file.ts';
import type { SettingPath } from './setting-path.ts';

/** The absolute path of a file that a setting names. */
export type Resolve = (path: SettingPath, file: string) => string;

/** Opens every file that has to be there before the start; key files are for `tokens/` to read or to make. */
export function checkReferencedFiles(settings: Partial<Settings>, resolve: Resolve, report: Report): void {
  settings.listen?.forEach(({ tls }, index) => {
    checkTlsFiles(tls, ['listen', index, 'tls'], resolve, report);
  });
  checkTlsFiles(settings.http?.listen?.tls, ['http', 'listen', 'tls'], resolve, report);
  checkTlsFiles(settings.admin?.listen?.tls, ['admin', 'listen', 'tls'], resolve, report);
  if (settings.client_ca !== undefined) {
    const file = resolve(['client_ca'], settings.client_ca);
    readOrReport(['client_ca'], report, () => readCertificates(file));
  }
  checkRedisFiles(settings.store?.redis?.tls, resolve, report);
}

type RedisTls = NonNullable<Settings['store']['redis']>['tls'];

function checkRedisFiles(tls: RedisTls, resolve: Resolve, report: Report): void {
  const at = (key: 'cert' | 'key' | 'ca') => ['store', 'redis', 'tls', key];
  if (tls?.ca !== undefined) {
    const file = resolve(at('ca'), tls.ca);
    readOrReport(at('ca'), report, () => readCertificates(file));
  }
  if (tls?.cert !== undefined && tls.key !== undefined)
    checkTlsFiles({ cert: tls.cert, key: tls.key }, ['store', 'redis', 'tls'], resolve, report);
}

type Tls = Settings['listen'][number]['tls'];

function checkTlsFiles(tls: Tls, above: SettingPath, resolve: Resolve, report: Report): void {
  if (!tls) return;
  const at = (key: 'cert' | 'key' | 'client_ca', file: string): [SettingPath, string] => {
    const path = [...above, key];
    return [path, resolve(path, file)];
  };
  const [certPath, certFile] = at('cert', tls.cert);
  const [keyPath, keyFile] = at('key', tls.key);
  const certificate = readOrReport(certPath, report, () => readCertificates(certFile));
  if (tls.client_ca !== undefined) {
    const [path, file] = at('client_ca', tls.client_ca);
    readOrReport(path, report, () => readCertificates(file));
  }
  readOrReport(keyPath, report, () => {
    const { key } = readPrivateKey(keyFile);
    if (certificate) checkBelongs(certificate.first, tls.cert, key, keyFile);
  });
}

/** What a file holds; undefined if that can't be used, which is reported. */
export function readOrReport<T>(path: SettingPath, report: Report, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof PemFileError || error instanceof SecretFileError)) throw error;
    report(path, error.message);
    return undefined;
  }
}

/** Pomerium's secret, from wherever it was given, and the file that it was read from. */
export function readSharedSecret(
  pomerium: Settings['pomerium'],
  resolve: Resolve,
  report: Report,
): { readonly sharedSecret: Secret | undefined; readonly sharedSecretFile: string | undefined } {
  const { shared_secret: sharedSecret, shared_secret_file: named } = pomerium;
  if (sharedSecret !== undefined || named === undefined) return { sharedSecret, sharedSecretFile: undefined };
  const path = ['pomerium', 'shared_secret_file'];
  const file = resolve(path, named);
  return {
    sharedSecret: readOrReport(path, report, () => readSharedSecretFile(file)),
    sharedSecretFile: rereadable(file),
  };
}
