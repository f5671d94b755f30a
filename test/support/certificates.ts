import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface KeyPair {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** A CA that is made for the test and signs what it is asked to. */
export class TestCa {
  readonly #folder = mkdtempSync(join(tmpdir(), 'ca-'));
  readonly cert: Buffer;

  constructor() {
    this.#openssl(
      'req',
      '-x509',
      ...this.#newKey('ca'),
      '-days',
      '2',
      '-subj',
      '/CN=test-ca',
      '-out',
      'ca.pem',
    );
    this.cert = readFileSync(join(this.#folder, 'ca.pem'));
  }

  /**
   * @param names as openssl writes them: `DNS:a.example.com,URI:spiffe://b`
   * @param days of validity; a certificate for less than one has expired
   */
  issue(names: string, days = 2): KeyPair {
    writeFileSync(join(this.#folder, 'ext'), `subjectAltName=${names}\n`);
    this.#openssl('req', ...this.#newKey('leaf'), '-subj', '/CN=leaf', '-out', 'leaf.csr');
    const signer = [
      '-CA',
      'ca.pem',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-days',
      String(days),
      '-extfile',
      'ext',
    ];
    this.#openssl('x509', '-req', '-in', 'leaf.csr', ...signer, '-out', 'leaf.pem');
    const read = (name: string) => readFileSync(join(this.#folder, name));
    return { cert: read('leaf.pem'), key: read('leaf.key') };
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #newKey(name: string): string[] {
    return ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', `${name}.key`];
  }

  #openssl(...args: string[]): void {
    execFileSync('openssl', args, { cwd: this.#folder, stdio: 'ignore' });
  }
}
