import { checkBelongs, PemFileError, readCertificates, readPrivateKey } from '../files/pem-files.ts';
import { SecretFileError } from './secret-file.ts';
import type { SettingPath } from './setting-path.ts';

export type Report = (path: SettingPath, message: string) => void;

/** How a section of the configuration reads the files that it names. */
export interface SettingFiles {
  /** The absolute path of a file that a setting names. */
  resolve(path: SettingPath, file: string): string;
  report: Report;
}

interface NamedTlsFiles {
  readonly cert: string;
  readonly key: string;
  readonly client_ca?: string | undefined;
}

/** Opens the files of a `tls` section, and checks that the certificate belongs to the key. */
export function checkTlsFiles(tls: NamedTlsFiles | undefined, above: SettingPath, files: SettingFiles): void {
  if (!tls) return;
  const keyFile = files.resolve([...above, 'key'], tls.key);
  const certificate = checkCertificates(tls.cert, [...above, 'cert'], files);
  checkCertificates(tls.client_ca, [...above, 'client_ca'], files);
  readOrReport([...above, 'key'], files.report, () => {
    const { key } = readPrivateKey(keyFile);
    if (certificate) checkBelongs(certificate.first, tls.cert, key, keyFile);
  });
}

/** The certificates of a file. Undefined if none is named, or if they are unusable, which is reported. */
export function checkCertificates(
  named: string | undefined,
  path: SettingPath,
  { resolve, report }: SettingFiles,
): ReturnType<typeof readCertificates> | undefined {
  if (named === undefined) return undefined;
  const file = resolve(path, named);
  return readOrReport(path, report, () => readCertificates(file));
}

/** The content of a file. Undefined if it is unusable, which is reported. */
export function readOrReport<T>(path: SettingPath, report: Report, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof PemFileError || error instanceof SecretFileError)) throw error;
    report(path, error.message);
    return undefined;
  }
}
