import { userIdOf } from '../accounts/service-account.ts';
import type { IssuedCredential } from '../resources/issue-credential.ts';
import type { CliContext } from './cli-context.ts';
import type { CommonOptions } from './command-options.ts';
import { printFields, printJson } from './output.ts';

/** Shows a new JWT: the only time that anybody sees it. */
export function printIssued(
  { stdout, stderr }: CliContext,
  { output }: CommonOptions,
  { account, credential, jwt }: IssuedCredential,
): void {
  const fields = {
    id: account.id,
    credential_id: credential.id,
    user_id: userIdOf(account),
    namespace: account.namespace,
    expires_at: credential.expires_at ?? null,
    jwt,
  };
  if (output === 'json') {
    printJson(stdout, fields);
    return;
  }
  printFields(stdout, [
    ['Service account', account.id],
    ['User ID', fields.user_id],
    ['Namespace', account.namespace],
    ['Credential', credential.id],
    ['Expires', credential.expires_at ?? 'never'],
  ]);
  stdout.write(`\n${jwt}\n`);
  stderr.write('\nCopy the JWT now: it is not stored and is never shown again.\n');
}
