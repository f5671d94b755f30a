import { readFile } from 'node:fs/promises';
import { UsageError } from './usage-error.ts';

/** Certificates that a server's has to be signed by, as PEM. Rejects with `UsageError`. */
export async function readCa(path: string): Promise<Buffer> {
  const pem = await readFile(path).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`the certificates in ${path} can't be read: ${reason}`);
  });
  if (pem.includes('-----BEGIN CERTIFICATE-----')) return pem;
  throw new UsageError(`expected certificates as PEM in ${path}: there are none`);
}
