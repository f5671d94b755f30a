import type { Command } from 'commander';
import { AccountId } from '../accounts/account-id.ts';
import { OPERATIONS } from '../contract/contract.ts';
import { CredentialId } from '../credentials/credential-id.ts';
import { printable } from '../text/printable.ts';
import { addExamples } from './add-examples.ts';
import type { CliContext } from './cli-context.ts';
import { argumentOf, eachArgumentOf } from './command-options.ts';
import { NOTHING_WRITTEN, printJson } from './output.ts';
import { addOperatorOptions, type OperatorOptions } from './server-options.ts';
import { UsageError } from './usage-error.ts';
import { ACCOUNT_HINTS, dryRunQuery, withChangingClient } from './with-client.ts';

interface RevokeOptions extends OperatorOptions {
  readonly credential?: CredentialId;
  readonly dryRun?: true;
}

export function addSaRevoke(sa: Command, context: CliContext): void {
  const command = addOperatorOptions(sa.command('revoke'))
    .summary('revoke one credential of an account, or all of them')
    .description(
      'Revokes at once and for good. Without --credential, it revokes every credential of the account; sa rotate issues a new one.',
    )
    .argument('<ids...>', 'the service accounts; all are revoked, or none', eachArgumentOf(AccountId))
    .option('--credential <id>', 'only this one; sa show lists them', argumentOf(CredentialId))
    .option('--dry-run', 'say what would be revoked, and write nothing')
    .action(async (ids: readonly AccountId[], options: RevokeOptions) => {
      const dryRun = options.dryRun === true;
      const { credential } = options;
      const query = dryRunQuery(dryRun);
      const { revoke, revokeOne, revokeMany } = OPERATIONS.serviceAccounts;
      const [id, ...others] = ids;
      if (id === undefined) return;
      if (credential !== undefined && others.length > 0)
        throw new UsageError('--credential is one of one account: name one id');
      const { revoked } = await withChangingClient(
        context,
        options,
        (client) => {
          if (credential !== undefined) return client.call(revokeOne, { params: { id, credential }, query });
          if (others.length > 0) return client.call(revokeMany, { body: { ids: [...ids] }, query });
          return client.call(revoke, { params: { id }, query });
        },
        credential === undefined ? ACCOUNT_HINTS : { 'not-found': `see sallyport sa show ${id}` },
      );
      if (options.output === 'json') {
        const named = others.length === 0 ? { id } : { ids };
        return printJson(context.stdout, { ...named, ...(dryRun && { dry_run: true }), revoked });
      }
      const list = printable(revoked.join(', '));
      if (list === '')
        context.stdout.write(`Nothing to revoke: no credential of ${ids.join(', ')} was valid.\n`);
      else context.stdout.write(dryRun ? `Would revoke ${list}. ${NOTHING_WRITTEN}\n` : `Revoked ${list}.\n`);
    });
  addExamples(command, [
    [
      'sallyport sa revoke checkout --credential 0514fc6a-8667-4d1e-9f40-0ac5862bd01c',
      'the old one, after sa rotate',
    ],
    ['sallyport sa revoke checkout', 'all credentials, if one was leaked'],
  ]);
}
