import { resolve } from 'node:path';
import type { ServerUrl } from '../client/server-url.ts';
import { readBoundedFile } from '../files/read-bounded-file.ts';
import type { CliContext } from './cli-context.ts';
import { nameOfFile } from './input-file.ts';
import { UsageError } from './usage-error.ts';

const MAX_BYTES = 1024 * 1024;

/** Certificates that a server's has to be signed by, as PEM. Rejects with `UsageError`. */
export async function readCa(path: string): Promise<Buffer> {
  const pem = readBoundedFile(path, MAX_BYTES);
  if (!Buffer.isBuffer(pem))
    throw new UsageError(`the certificates in ${nameOfFile(path)} can't be read: ${pem.problem}`);
  if (pem.includes('-----BEGIN CERTIFICATE-----')) return pem;
  throw new UsageError(`expected certificates as PEM in ${nameOfFile(path)}: there are none`);
}

/**
 * The file with those certificates: as the command line says, else the environment, else a profile. Throws `UsageError`.
 * @param kept a profile's
 */
export function caFileOf(
  { env, cwd }: CliContext,
  said: string | undefined,
  server: ServerUrl,
  kept: string | undefined,
): string | undefined {
  const secured = server.at.kind === 'tcp' && server.at.tls;
  if (!secured && said !== undefined)
    throw new UsageError(`--ca is for https, and ${server.text} is not: leave it out`);
  const file = said ?? (env.SALLYPORT_CA || undefined) ?? kept;
  return secured && file !== undefined ? resolve(cwd, file) : undefined;
}
