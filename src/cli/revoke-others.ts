import type { CliContext } from './cli-context.ts';

export const REVOKE_OTHERS = '--revoke-others';
export const REVOKE_OTHERS_HELP =
  'revoke the credentials of accounts that get a role or move up, if the issuer could not make this change';

/** Tells which credentials `--revoke-others` revoked. */
export function printRevoked(
  { stderr }: Pick<CliContext, 'stderr'>,
  credentials: readonly string[],
  dryRun = false,
): void {
  for (const id of credentials) stderr.write(`${dryRun ? 'would revoke' : 'revoked'} credential ${id}\n`);
}
