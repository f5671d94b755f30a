import type { Command } from 'commander';
import { describeAccount, describeCredential } from '../resources/account-view.ts';
import { readLastUsed } from '../resources/last-used.ts';
import { Reader } from '../resources/reader.ts';
import { findServiceAccount } from '../resources/service-accounts.ts';
import { ALL_GRANTS } from '../roles/grants.ts';
import { AccountId } from '../tokens/account-id.ts';
import { addExamples } from './add-examples.ts';
import type { CliContext } from './cli-context.ts';
import { addCommonOptions, argumentOf, type CommonOptions } from './command-options.ts';
import { printFields, printJson, printTable } from './output.ts';
import { withStore } from './with-store.ts';

export function addSaShow(sa: Command, context: CliContext): void {
  const command = addCommonOptions(sa.command('show'))
    .summary('show a service account and its credentials; never a JWT')
    .argument('<id>', 'the service account', argumentOf(AccountId))
    .action(async (id: AccountId, options: CommonOptions) => {
      const now = context.clock();
      const { found, times } = await withStore(context, options, async (store) => {
        const found = await findServiceAccount(new Reader(store), ALL_GRANTS, id);
        return { found, times: await readLastUsed(store.side, found.account.credentials) };
      });
      const account = describeAccount(found.account, times, now);
      const credentials = found.credentials.map((credential) => describeCredential(credential, times, now));
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
        ['CREDENTIAL', 'FOR', 'STATUS', 'ISSUED', 'EXPIRES', 'LAST USED', 'LABEL'],
        credentials.map(({ id, purpose, status, issued_at, expires_at, last_used_at, label }) => [
          id,
          purpose,
          status,
          issued_at,
          expires_at ?? 'never',
          last_used_at ?? 'never',
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
