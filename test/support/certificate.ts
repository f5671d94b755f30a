import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toolPath } from './install-tools.ts';

/** Paths of PEM files. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

/** A self-signed certificate for `hosts`, good for `days`; a client trusts it as its own authority. */
export function makeCertificate(folder: string, hosts: readonly string[], days = 7): CertificateFiles {
  const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  const settings = join(folder, 'certificate.cnf');
  writeFileSync(
    settings,
    [
      '[req]',
      'distinguished_name = subject',
      'x509_extensions = extensions',
      'prompt = no',
      '[subject]',
      `CN = ${hosts[0]}`,
      '[extensions]',
      `subjectAltName = ${hosts.map((host) => `DNS:${host}`).join(', ')}`,
      'basicConstraints = critical, CA:TRUE',
      'keyUsage = critical, digitalSignature, keyCertSign',
      'extendedKeyUsage = serverAuth',
      '',
    ].join('\n'),
  );
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  execFileSync(
    toolPath('openssl'),
    [
      ...['req', '-x509', ...curve, '-days', String(days)],
      ...['-config', settings, '-keyout', files.key, '-out', files.cert],
    ],
    { stdio: 'pipe' },
  );
  return files;
}
