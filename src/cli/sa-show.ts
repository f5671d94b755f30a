import type { Command } from 'commander';
import { AccountId } from '../accounts/account-id.ts';
import { OPERATIONS } from '../contract/contract.ts';
import { addExamples } from './add-examples.ts';
import type { CliContext } from './cli-context.ts';
import { argumentOf } from './command-options.ts';
import { printFields, printJson, printTable } from './output.ts';
import { addOperatorOptions, type OperatorOptions } from './server-options.ts';
import { ACCOUNT_HINTS, withClient } from './with-client.ts';

export function addSaShow(sa: Command, context: CliContext): void {
  const command = addOperatorOptions(sa.command('show'))
    .summary('show a service account and its credentials; never a JWT')
    .argument('<id>', 'the service account', argumentOf(AccountId))
    .action(async (id: AccountId, options: OperatorOptions) => {
      const { credentials, ...account } = await withClient(
        context,
        options,
        (client) => client.call(OPERATIONS.serviceAccounts.get, { params: { id } }),
        ACCOUNT_HINTS,
      );
      if (options.output === 'json') return printJson(context.stdout, { ...account, credentials });
      printFields(context.stdout, [
        ['Service account', account.id],
        ['User ID', `${account.user_id}${account.impersonate ? ' (impersonated)' : ''}`],
        ['Namespace', account.namespace],
        ['Status', account.status],
        ['Description', account.description],
        ['Created', account.created_at],
        ['Expires', account.expires_at ?? 'never'],
        ['Last used', account.last_used_at ?? 'never'],
      ]);
      context.stdout.write('\n');
      printTable(
        context.stdout,
        ['CREDENTIAL', 'FOR', 'STATUS', 'ISSUED', 'EXPIRES', 'LAST USED', 'KID', 'LABEL'],
        credentials.map(({ id, purpose, status, issued_at, expires_at, last_used_at, kid, label }) => [
          id,
          purpose,
          status,
          issued_at,
          expires_at ?? 'never',
          last_used_at ?? 'never',
          kid ?? 'unknown',
          label,
        ]),
      );
    });
  addExamples(command, [
    [
      'sallyport sa show checkout',
      'which credentials it has, which of them are good, and when each was last used',
    ],
  ]);
}
