import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { Report } from './cross-checks.ts';
import { SharedSecret } from './pomerium-section.ts';
import { readBoundedFile } from './read-bounded-file.ts';
import type { Settings } from './schema.ts';
import type { Secret } from './secret.ts';
import type { SettingPath } from './setting-path.ts';

/** The absolute path of a file that a setting names. */
export type Resolve = (path: SettingPath, file: string) => string;

const MAX_PEM = 1024 * 1024;
const MAX_SECRET = 4096;
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** Opens every file that has to be there before the start; key files are for `tokens/` to read or to make. */
export function checkReferencedFiles(settings: Partial<Settings>, resolve: Resolve, report: Report): void {
  settings.listen?.forEach(({ tls }, index) => {
    checkTlsFiles(tls, ['listen', index, 'tls'], resolve, report);
  });
  checkTlsFiles(settings.http?.listen?.tls, ['http', 'listen', 'tls'], resolve, report);
  checkTlsFiles(settings.admin?.listen?.tls, ['admin', 'listen', 'tls'], resolve, report);
  if (settings.client_ca !== undefined)
    readCertificates(['client_ca'], resolve(['client_ca'], settings.client_ca), report);
  checkRedisFiles(settings.store?.redis?.tls, resolve, report);
}

type RedisTls = NonNullable<Settings['store']['redis']>['tls'];

function checkRedisFiles(tls: RedisTls, resolve: Resolve, report: Report): void {
  const at = (key: 'cert' | 'key' | 'ca') => ['store', 'redis', 'tls', key];
  if (tls?.ca !== undefined) readCertificates(at('ca'), resolve(at('ca'), tls.ca), report);
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
  const certificate = readCertificates(...at('cert', tls.cert), report)?.[0];
  if (tls.client_ca !== undefined) readCertificates(...at('client_ca', tls.client_ca), report);
  const [keyPath, keyFile] = at('key', tls.key);
  const pem = readText(keyPath, keyFile, MAX_PEM, report);
  if (pem === undefined) return;
  try {
    const key = createPrivateKey(pem);
    if (certificate && !certificate.checkPrivateKey(key))
      report(keyPath, `expected the key of ${tls.cert}: ${keyFile} is another's`);
  } catch {
    report(keyPath, `expected a PEM private key without passphrase in ${keyFile}`);
  }
}

function readCertificates(path: SettingPath, file: string, report: Report): X509Certificate[] | undefined {
  const pem = readText(path, file, MAX_PEM, report);
  if (pem === undefined) return undefined;
  try {
    const certificates = (pem.match(CERTIFICATE) ?? []).map((block) => new X509Certificate(block));
    if (certificates.length > 0) return certificates;
  } catch {
    // Told below, as for a file without any.
  }
  report(path, `expected PEM certificates in ${file}`);
  return undefined;
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
  const content = readBoundedFile(file, limit);
  if (Buffer.isBuffer(content)) return content.toString('utf8');
  report(path, `expected a file that can be read: ${file}: ${content.problem}`);
  return undefined;
}
