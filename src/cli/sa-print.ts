import type { Writable } from 'node:stream';
import type { Answer, Client } from '../client/client.ts';
import { OPERATIONS, type Operations } from '../contract/contract.ts';
import { jsonText } from '../text/json-text.ts';
import { printable } from '../text/printable.ts';
import type { CliContext } from './cli-context.ts';
import type { CommonOptions } from './command-options.ts';
import { formatFields } from './print-table.ts';
import { expiry } from './screen.ts';

/** A credential with its JWT. */
type Issued = Answer<Operations['serviceAccounts']['create']>;

/** A JWT that could not be shown. Its credential is revoked, because the JWT is stored nowhere. */
export class JwtNotShown extends Error {
  override readonly name = 'JwtNotShown';
}

const NEVER_EXPIRES =
  'warning: the JWT never expires: it is valid until it is revoked, even if stolen; set --expires 90d, or tokens.max_lifetime for all credentials\n';

/**
 * Makes a credential and shows its JWT: the only time that it is seen. If standard output does not take it, the credential is revoked
 * and `JwtNotShown` thrown.
 */
export function issueAndPrint(
  context: CliContext,
  { output }: Pick<CommonOptions, 'output'>,
  client: Client,
  issue: () => Promise<Issued>,
): Promise<void> {
  return context.uninterrupted(async () => {
    const issued = await issue();
    try {
      await writeWhole(
        context.stdout,
        output === 'json' ? `${jsonText(issued, 2)}\n` : describe(context, issued),
      );
    } catch (error) {
      const params = { id: issued.id, credential: issued.credential_id };
      await client.call(OPERATIONS.serviceAccounts.revokeOne, { params });
      throw new JwtNotShown(
        `the JWT could not be written to standard output, and is revoked: credential ${issued.credential_id} of service account ${issued.id}`,
        { cause: error },
      );
    }
    if (output !== 'json')
      context.stderr.write('\nCopy the JWT now: it is not stored and is never shown again.\n');
    if (issued.expires_at === null) context.stderr.write(NEVER_EXPIRES);
  });
}

function describe(context: CliContext, issued: Issued): string {
  const fields = formatFields(context, [
    ['Service account', issued.id],
    ['User ID', issued.user_id],
    ['Namespace', issued.namespace],
    ['Credential', issued.credential_id],
    ['Expires', expiry(issued.expires_at)],
  ]);
  return `${fields}\n${printable(issued.jwt)}\n`;
}

/** Rejects if the write fails. */
function writeWhole(out: Writable, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    out.write(text, (error) => (error ? reject(error) : resolve()));
  });
}
