import type { Command } from 'commander';
import { NamespaceId } from '../accounts/namespace-id.ts';
import type { ServiceAccount } from '../accounts/service-account.ts';
import { describeAccount } from '../resources/account-view.ts';
import { readLastUsed } from '../resources/last-used.ts';
import { Reader } from '../resources/reader.ts';
import { addExamples } from './add-examples.ts';
import type { CliContext } from './cli-context.ts';
import { addCommonOptions, argumentOf, type CommonOptions } from './command-options.ts';
import { printJson, printTable } from './output.ts';
import { withStore } from './with-store.ts';

interface ListOptions extends CommonOptions {
  readonly namespace?: NamespaceId;
}

export function addSaList(sa: Command, context: CliContext): void {
  const command = addCommonOptions(sa.command('list'))
    .summary('list service accounts')
    .option('--namespace <namespace>', 'only those of this namespace', argumentOf(NamespaceId))
    .action(async (options: ListOptions) => {
      const now = context.clock();
      const accounts = await withStore(context, options, async (store) => {
        const found: ServiceAccount[] = [];
        for await (const account of new Reader(store).all('service_account'))
          if (options.namespace === undefined || account.namespace === options.namespace) found.push(account);
        const times = await readLastUsed(
          store.side,
          found.flatMap(({ credentials }) => credentials),
        );
        return found.map((account) => describeAccount(account, times, now));
      });
      if (options.output === 'json') return printJson(context.stdout, accounts);
      printTable(
        context.stdout,
        ['ID', 'USER ID', 'NAMESPACE', 'STATUS', 'EXPIRES', 'LAST USED', 'DESCRIPTION'],
        accounts.map(({ id, user_id, namespace, status, expires_at, last_used_at, description }) => [
          id,
          user_id,
          namespace,
          status,
          expires_at ?? 'never',
          last_used_at ?? 'never',
          description,
        ]),
      );
    });
  addExamples(command, [['sallyport sa list --namespace team-a', 'the accounts of one namespace']]);
}
