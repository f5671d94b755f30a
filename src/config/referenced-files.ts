import type { Settings } from './schema.ts';
import type { Secret } from './secret.ts';
import { readSharedSecretFile, rereadable } from './secret-file.ts';
import { checkCertificates, checkTlsFiles, readOrReport, type SettingFiles } from './setting-files.ts';

/** Opens every file that must exist before the start. `tokens/` reads or makes key files. */
export function checkReferencedFiles(settings: Partial<Settings>, files: SettingFiles): void {
  settings.listen?.forEach(({ tls }, index) => {
    checkTlsFiles(tls, ['listen', index, 'tls'], files);
  });
  checkTlsFiles(settings.http?.listen?.tls, ['http', 'listen', 'tls'], files);
  checkTlsFiles(settings.admin?.listen?.tls, ['admin', 'listen', 'tls'], files);
  checkCertificates(settings.client_ca, ['client_ca'], files);
}

/** Pomerium's secret, and the file that it was read from. */
export function readSharedSecret(
  pomerium: Settings['pomerium'],
  { resolve, report }: SettingFiles,
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
