import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CertificateFiles, makeCertificate } from '../../test/support/certificate.ts';

const DAYS = 365;
const RENEW_BEFORE_MS = 30 * 24 * 3600 * 1000;

/** The certificate in `folder`; made if it is missing or expires within a month. */
export function keepCertificate(folder: string, hosts: readonly string[]): CertificateFiles {
  const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  if (existsSync(files.cert) && existsSync(files.key)) {
    const { validTo } = new X509Certificate(readFileSync(files.cert));
    if (Date.parse(validTo) > Date.now() + RENEW_BEFORE_MS) return files;
  }
  return makeCertificate(folder, hosts, DAYS);
}
