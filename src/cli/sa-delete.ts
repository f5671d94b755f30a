import type { Command } from 'commander';
import { AccountId } from '../accounts/account-id.ts';
import { OPERATIONS } from '../contract/contract.ts';
import { addExamples } from './add-examples.ts';
import type { CliContext } from './cli-context.ts';
import { eachArgumentOf } from './command-options.ts';
import { forEachId } from './for-each-id.ts';
import { NOTHING_WRITTEN } from './output.ts';
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
    .argument('<ids...>', 'the service accounts', eachArgumentOf(AccountId))
    .option('--dry-run', 'say whether it could be deleted, and write nothing')
    .action(async (ids: readonly AccountId[], options: DeleteOptions) => {
      const dryRun = options.dryRun === true;
      const query = dryRunQuery(dryRun);
      await withChangingClient(
        context,
        options,
        (client) =>
          forEachId(
            ids,
            async (id) => {
              await client.call(OPERATIONS.serviceAccounts.remove, { params: { id }, query });
              if (options.output === 'json')
                return { id, ...(dryRun ? { dry_run: true } : { deleted: true }) };
              return dryRun ? `${id} would be deleted. ${NOTHING_WRITTEN}` : `${id} is deleted.`;
            },
            context.stdout,
          ),
        ACCOUNT_HINTS,
      );
    });
  addExamples(command, [['sallyport sa delete checkout', 'refuse its JWTs for good']]);
}
