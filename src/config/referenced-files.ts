import { checkBelongs, PemFileError, readCertificates, readPrivateKey } from '../files/pem-files.ts';
import { readTextFile } from '../files/read-text-file.ts';
import type { Report } from './cross-checks.ts';
import { SharedSecret } from './pomerium-section.ts';
import type { Settings } from './schema.ts';
import type { Secret } from './secret.ts';
import type { SettingPath } from './setting-path.ts';

/** The absolute path of a file that a setting names. */
export type Resolve = (path: SettingPath, file: string) => string;

const MAX_SECRET = 4096;

/** Opens every file that has to be there before the start; key files are for `tokens/` to read or to make. */
export function checkReferencedFiles(settings: Partial<Settings>, resolve: Resolve, report: Report): void {
  settings.listen?.forEach(({ tls }, index) => {
    checkTlsFiles(tls, ['listen', index, 'tls'], resolve, report);
  });
  checkTlsFiles(settings.http?.listen?.tls, ['http', 'listen', 'tls'], resolve, report);
  checkTlsFiles(settings.admin?.listen?.tls, ['admin', 'listen', 'tls'], resolve, report);
  if (settings.client_ca !== undefined) {
    const file = resolve(['client_ca'], settings.client_ca);
    reportProblem(['client_ca'], report, () => readCertificates(file));
  }
  checkRedisFiles(settings.store?.redis?.tls, resolve, report);
}

type RedisTls = NonNullable<Settings['store']['redis']>['tls'];

function checkRedisFiles(tls: RedisTls, resolve: Resolve, report: Report): void {
  const at = (key: 'cert' | 'key' | 'ca') => ['store', 'redis', 'tls', key];
  if (tls?.ca !== undefined) {
    const file = resolve(at('ca'), tls.ca);
    reportProblem(at('ca'), report, () => readCertificates(file));
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
  const certificate = reportProblem(certPath, report, () => readCertificates(certFile));
  if (tls.client_ca !== undefined) {
    const [path, file] = at('client_ca', tls.client_ca);
    reportProblem(path, report, () => readCertificates(file));
  }
  reportProblem(keyPath, report, () => {
    const { key } = readPrivateKey(keyFile);
    if (certificate) checkBelongs(certificate.first, tls.cert, key, keyFile);
  });
}

function reportProblem<T>(path: SettingPath, report: Report, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof PemFileError)) throw error;
    report(path, error.message);
    return undefined;
  }
}

/** Pomerium's secret, from wherever it was given. */
export function readSharedSecret(
  pomerium: Settings['pomerium'],
  resolve: Resolve,
  report: Report,
): Secret | undefined {
  if (pomerium.shared_secret !== undefined || pomerium.shared_secret_file === undefined)
    return pomerium.shared_secret;
  const path = ['pomerium', 'shared_secret_file'];
  const file = resolve(path, pomerium.shared_secret_file);
  const text = readText(path, file, MAX_SECRET, report);
  if (text === undefined) return undefined;
  const secret = SharedSecret.safeParse(text.replace(/\r?\n$/, ''));
  if (!secret.success) report(path, `expected base64 of 32 bytes in ${file}`);
  return secret.data;
}

export function readText(path: SettingPath, file: string, limit: number, report: Report): string | undefined {
  const text = readTextFile(file, limit);
  if (typeof text === 'string') return text;
  report(path, `expected a file that can be read: ${file}: ${text.problem}`);
  return undefined;
}
