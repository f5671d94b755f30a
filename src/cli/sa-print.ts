import type { Writable } from 'node:stream';
import { AccountId } from '../accounts/account-id.ts';
import { CredentialId } from '../credentials/credential-id.ts';
import { requiredId } from '../manifests/required-id.ts';
import type { DescribedCredential } from '../operations/issue-credential.ts';
import type { CliContext } from './cli-context.ts';
import type { CommonOptions } from './command-options.ts';
import { jsonText, printable } from './output.ts';
import { formatFields } from './print-table.ts';
import { expiry } from './screen.ts';

/** A JWT that could not be shown. Its credential is revoked, because the JWT is stored nowhere. */
export class JwtNotShown extends Error {
  override readonly name = 'JwtNotShown';
}

const NEVER_EXPIRES =
  'warning: the JWT never expires: whoever gets hold of it may use it until it is revoked; --expires 90d bounds one, tokens.max_lifetime all of them\n';

/** Takes the credential back. */
type Revoke = (account: AccountId, credential: CredentialId) => Promise<unknown>;

/**
 * Makes a credential and shows its JWT: the only time that it is seen. If standard output does not take it, the credential is revoked
 * and `JwtNotShown` thrown.
 */
export function issueAndPrint(
  context: CliContext,
  { output }: Pick<CommonOptions, 'output'>,
  issue: () => Promise<DescribedCredential>,
  revoke: Revoke,
): Promise<void> {
  return context.uninterrupted(async () => {
    const issued = await issue();
    try {
      await writeWhole(
        context.stdout,
        output === 'json' ? `${jsonText(issued, 2)}\n` : describe(context, issued),
      );
    } catch (error) {
      await revoke(
        requiredId(AccountId.parse(issued.id)),
        requiredId(CredentialId.parse(issued.credential_id)),
      );
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

function describe(context: CliContext, issued: DescribedCredential): string {
  const fields = formatFields(context, [
    ['Service account', issued.id],
    ['User ID', issued.user_id],
    ['Namespace', issued.namespace],
    ['Credential', issued.credential_id],
    ['Expires', expiry(issued.expires_at)],
  ]);
  return `${fields}\n${printable(issued.jwt)}\n`;
}

/** Rejects if the other end does not take it. */
function writeWhole(out: Writable, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    out.write(text, (error) => (error ? reject(error) : resolve()));
  });
}
