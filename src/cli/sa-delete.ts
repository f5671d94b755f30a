import type { Command } from 'commander';
import { AccountId } from '../accounts/account-id.ts';
import { OPERATIONS } from '../contract/contract.ts';
import { addExamples } from './add-examples.ts';
import type { CliContext } from './cli-context.ts';
import { argumentOf } from './command-options.ts';
import { NOTHING_WRITTEN, printJson } from './output.ts';
import { addOperatorOptions, type OperatorOptions } from './server-options.ts';
import { ACCOUNT_HINTS, dryRunQuery, withChangingClient } from './with-client.ts';

interface DeleteOptions extends OperatorOptions {
  readonly dryRun?: true;
}

export function addSaDelete(sa: Command, context: CliContext): void {
  const command = addOperatorOptions(sa.command('delete'))
    .summary('delete an account and all its credentials, for good')
    .description(
      'Deletes the account and its credentials. Its user ID stays taken: no other account ever gets it.',
    )
    .argument('<id>', 'the service account', argumentOf(AccountId))
    .option('--dry-run', 'say whether it could be deleted, and write nothing')
    .action(async (id: AccountId, options: DeleteOptions) => {
      const dryRun = options.dryRun === true;
      await withChangingClient(
        context,
        options,
        (client) =>
          client.call(OPERATIONS.serviceAccounts.remove, { params: { id }, query: dryRunQuery(dryRun) }),
        ACCOUNT_HINTS,
      );
      if (options.output === 'json')
        printJson(context.stdout, { id, ...(dryRun ? { dry_run: true } : { deleted: true }) });
      else
        context.stdout.write(dryRun ? `${id} would be deleted. ${NOTHING_WRITTEN}\n` : `${id} is deleted.\n`);
    });
  addExamples(command, [['sallyport sa delete checkout', 'refuse its JWTs for good']]);
}
