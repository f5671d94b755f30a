import type { DescribedCredential } from '../resources/issue-credential.ts';
import type { CliContext } from './cli-context.ts';
import type { CommonOptions } from './command-options.ts';
import { printable, printFields, printJson } from './output.ts';

/** Shows a new JWT: the only time that anybody sees it. */
export function printIssued(
  { stdout, stderr }: CliContext,
  { output }: Pick<CommonOptions, 'output'>,
  issued: DescribedCredential,
): void {
  if (output === 'json') {
    printJson(stdout, issued);
    return;
  }
  printFields(stdout, [
    ['Service account', issued.id],
    ['User ID', issued.user_id],
    ['Namespace', issued.namespace],
    ['Credential', issued.credential_id],
    ['Expires', issued.expires_at ?? 'never'],
  ]);
  stdout.write(`\n${printable(issued.jwt)}\n`);
  stderr.write('\nCopy the JWT now: it is not stored and is never shown again.\n');
}
