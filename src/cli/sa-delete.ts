import type { Command } from 'commander';
import { deleteServiceAccount } from '../resources/service-accounts.ts';
import { AccountId } from '../tokens/account-id.ts';
import { addExamples } from './add-examples.ts';
import type { CliContext } from './cli-context.ts';
import { addCommonOptions, argumentOf, type CommonOptions } from './command-options.ts';
import { printJson } from './output.ts';
import { withStore } from './with-store.ts';

export function addSaDelete(sa: Command, context: CliContext): void {
  const command = addCommonOptions(sa.command('delete'))
    .summary('delete an account and all its credentials, for good')
    .description(
      'Deletes the account and its credentials. Its user ID stays taken: no other account ever gets it.',
    )
    .argument('<id>', 'the service account', argumentOf(AccountId))
    .action(async (id: AccountId, options: CommonOptions) => {
      await withStore(context, options, (store, _config, access) => deleteServiceAccount(store, access, id));
      if (options.output === 'json') printJson(context.stdout, { id, deleted: true });
      else context.stdout.write(`${id} is deleted.\n`);
    });
  addExamples(command, [['sallyport sa delete checkout', 'refuse its JWTs for good']]);
}
