import type { Command } from 'commander';
import { setDisabled } from '../resources/service-accounts.ts';
import { AccountId } from '../tokens/account-id.ts';
import { addExamples } from './add-examples.ts';
import type { CliContext } from './cli-context.ts';
import { addCommonOptions, argumentOf, type CommonOptions } from './command-options.ts';
import { printJson } from './output.ts';
import { withStore } from './with-store.ts';

/** `sa disable` and `sa enable`, which are one switch. */
export function addSaDisable(sa: Command, context: CliContext): void {
  addSwitch(sa, context, 'disable', 'refuse an account’s credentials until it is enabled again');
  addSwitch(sa, context, 'enable', 'let a disabled account go on');
}

function addSwitch(sa: Command, context: CliContext, verb: 'disable' | 'enable', summary: string): void {
  const command = addCommonOptions(sa.command(verb))
    .summary(summary)
    .argument('<id>', 'the service account', argumentOf(AccountId))
    .action(async (id: AccountId, options: CommonOptions) => {
      const account = await withStore(context, options, (store, _config, access) =>
        setDisabled(store, access, id, verb === 'disable'),
      );
      if (options.output === 'json') printJson(context.stdout, { id, disabled: account.disabled });
      else context.stdout.write(`${id} is ${verb}d.\n`);
    });
  addExamples(command, [[`sallyport sa ${verb} checkout`, `${verb} one account, with all its credentials`]]);
}
