import type { Command } from 'commander';
import { AccountId } from '../accounts/account-id.ts';
import { OPERATIONS } from '../contract/contract.ts';
import { addExamples } from './add-examples.ts';
import type { CliContext } from './cli-context.ts';
import { argumentOf } from './command-options.ts';
import { printJson } from './output.ts';
import { printFields, printTable } from './print-table.ts';
import { expiry, time, word } from './screen.ts';
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
      printFields(context, [
        ['Service account', account.id],
        ['User ID', `${account.user_id}${account.impersonate ? ' (impersonated)' : ''}`],
        ['Namespace', account.namespace],
        ['Status', word(account.status)],
        ['Description', account.description],
        ['Created', time(account.created_at)],
        ['Expires', expiry(account.expires_at)],
        ['Last used', time(account.last_used_at)],
      ]);
      context.stdout.write('\n');
      printTable(
        context,
        ['CREDENTIAL', 'FOR', 'STATUS', 'ISSUED', 'EXPIRES', 'LAST USED', 'LABEL', 'KID'],
        credentials.map(({ id, purpose, status, issued_at, expires_at, last_used_at, kid, label }) => [
          id,
          purpose,
          word(status),
          time(issued_at),
          expiry(expires_at),
          time(last_used_at),
          label,
          kid ?? 'unknown',
        ]),
      );
    });
  addExamples(command, [
    ['sallyport sa show checkout', 'its credentials, their status and when each was last used'],
  ]);
}
