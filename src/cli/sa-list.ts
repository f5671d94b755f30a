import type { Command } from 'commander';
import { NamespaceId } from '../accounts/namespace-id.ts';
import { addExamples } from './add-examples.ts';
import { requireNamespace } from './check-filter.ts';
import type { CliContext } from './cli-context.ts';
import { argumentOf } from './command-options.ts';
import { printJson } from './output.ts';
import { printTable } from './print-table.ts';
import { expiry, time, word } from './screen.ts';
import { addOperatorOptions, type OperatorOptions } from './server-options.ts';
import { withOperator } from './with-operator.ts';

interface ListOptions extends OperatorOptions {
  readonly namespace?: NamespaceId;
}

export function addSaList(sa: Command, context: CliContext): void {
  const command = addOperatorOptions(sa.command('list'))
    .summary('list service accounts')
    .option('-n, --namespace <namespace>', 'only those of this namespace', argumentOf(NamespaceId))
    .action(async (options: ListOptions) => {
      const { namespace } = options;
      const accounts = await withOperator(context, options, async (operator) => {
        const found = await operator.listAccounts(namespace);
        if (namespace !== undefined && found.length === 0) await requireNamespace(operator, namespace);
        return found;
      });
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
