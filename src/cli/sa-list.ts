import type { Command } from 'commander';
import { NamespaceId } from '../accounts/namespace-id.ts';
import { collect, eachOf } from '../client/collect-pages.ts';
import { OPERATIONS } from '../contract/contract.ts';
import { addExamples } from './add-examples.ts';
import type { CliContext } from './cli-context.ts';
import { argumentOf } from './command-options.ts';
import { printJson } from './output.ts';
import { printTable } from './print-table.ts';
import { inNamespace, PAGE } from './read-resources.ts';
import { expiry, time, word } from './screen.ts';
import { addOperatorOptions, type OperatorOptions } from './server-options.ts';
import { withClient } from './with-client.ts';

interface ListOptions extends OperatorOptions {
  readonly namespace?: NamespaceId;
}

export function addSaList(sa: Command, context: CliContext): void {
  const command = addOperatorOptions(sa.command('list'))
    .summary('list service accounts')
    .option('-n, --namespace <namespace>', 'only those of this namespace', argumentOf(NamespaceId))
    .action(async (options: ListOptions) => {
      const { namespace } = options;
      const accounts = await withClient(context, options, (client) =>
        inNamespace(client, namespace, async () => {
          const all = await collect(
            eachOf((cursor) =>
              client.call(OPERATIONS.serviceAccounts.list, { query: { limit: PAGE, cursor, namespace } }),
            ),
          );
          return all.filter((account) => namespace === undefined || account.namespace === namespace);
        }),
      );
      if (options.output === 'json') return printJson(context.stdout, accounts);
      printTable(
        context,
        ['ID', 'USER ID', 'NAMESPACE', 'STATUS', 'EXPIRES', 'LAST USED', 'DESCRIPTION'],
        accounts.map(({ id, user_id, namespace, status, expires_at, last_used_at, description }) => [
          id,
          user_id,
          namespace,
          word(status),
          expiry(expires_at),
          time(last_used_at),
          description,
        ]),
      );
    });
  addExamples(command, [['sallyport sa list --namespace team-a', 'the accounts of one namespace']]);
}
