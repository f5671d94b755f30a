import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { CliContext } from './cli-context.ts';
import type { ServerUrl } from './remote/server-url.ts';
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
