import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface CertificateWishes {
  /** Its subject's common name, and the name of its files. */
  readonly name: string;
  /** Who signs it; itself where absent. */
  readonly issuer?: string;
  /** Lines of openssl's extension section; those of a CA or of a plain leaf where absent. */
  readonly extensions?: readonly string[];
  readonly subject?: string;
  /** Whose key it takes over. */
  readonly keyOf?: string;
  /** `YYYYMMDDHHMMSSZ` */
  readonly from?: string;
  readonly to?: string;
  readonly digest?: string;
}

export const CA_EXTENSIONS = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,cRLSign'];

/** Makes certificates with openssl, in a folder that `remove` takes away. */
export class CertificateMaker {
  readonly #folder = mkdtempSync(join(tmpdir(), 'sallyport-certificates-'));
  #serial = 1;

  /** PEM. */
  make({
    name,
    issuer,
    extensions = ['basicConstraints=CA:FALSE'],
    subject,
    ...wishes
  }: CertificateWishes): string {
    const { keyOf, from = '20260101000000Z', to = '20360101000000Z', digest = 'sha256' } = wishes;
    const key = `${keyOf ?? name}.key`;
    if (keyOf === undefined)
      this.#openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', key);
    this.#openssl('req', '-new', '-key', key, '-subj', `/CN=${subject ?? name}`, '-out', `${name}.csr`);
    // `ca` alone takes times, and it wants a folder of its own.
    writeFileSync(join(this.#folder, 'index.txt'), '');
    writeFileSync(join(this.#folder, 'serial'), `${String(this.#serial++).padStart(4, '0')}\n`);
    writeFileSync(join(this.#folder, 'ca.cnf'), [...CA_SECTIONS, ...extensions, ''].join('\n'));
    const signer =
      issuer === undefined
        ? ['-selfsign', '-keyfile', key]
        : ['-cert', `${issuer}.pem`, '-keyfile', `${issuer}.key`];
    const times = ['-startdate', from, '-enddate', to];
    this.#openssl(
      ...['ca', '-batch', '-config', 'ca.cnf', '-notext', '-md', digest, ...signer, ...times],
      ...['-in', `${name}.csr`, '-out', `${name}.pem`],
    );
    return readFileSync(join(this.#folder, `${name}.pem`), 'utf8');
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #openssl(...args: string[]): void {
    execFileSync('openssl', args, { cwd: this.#folder, stdio: ['ignore', 'ignore', 'pipe'] });
  }
}

const CA_SECTIONS = [
  '[ca]',
  'default_ca=made',
  '[made]',
  'database=index.txt',
  'serial=serial',
  'new_certs_dir=.',
  'policy=any',
  'x509_extensions=extensions',
  'unique_subject=no',
  'copy_extensions=none',
  '[any]',
  'commonName=supplied',
  '[extensions]',
];
