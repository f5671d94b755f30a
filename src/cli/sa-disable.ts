import type { Command } from 'commander';
import { AccountId } from '../accounts/account-id.ts';
import { OPERATIONS } from '../contract/contract.ts';
import { addExamples } from './add-examples.ts';
import type { CliContext } from './cli-context.ts';
import { argumentOf } from './command-options.ts';
import { NOTHING_WRITTEN, printJson } from './output.ts';
import { addOperatorOptions, type OperatorOptions } from './server-options.ts';
import { ACCOUNT_HINTS, dryRunQuery, withChangingClient } from './with-client.ts';

interface SwitchOptions extends OperatorOptions {
  readonly dryRun?: true;
}

/** `sa disable` and `sa enable`, which are one switch. */
export function addSaDisable(sa: Command, context: CliContext): void {
  addSwitch(sa, context, 'disable', 'refuse an account’s credentials until it is enabled again');
  addSwitch(sa, context, 'enable', 'let a disabled account go on');
}

function addSwitch(sa: Command, context: CliContext, verb: 'disable' | 'enable', summary: string): void {
  const command = addOperatorOptions(sa.command(verb))
    .summary(summary)
    .argument('<id>', 'the service account', argumentOf(AccountId))
    .option('--dry-run', `say whether it could be ${verb}d, and write nothing`)
    .action(async (id: AccountId, options: SwitchOptions) => {
      const dryRun = options.dryRun === true;
      const { disabled } = await withChangingClient(
        context,
        options,
        (client) =>
          client.call(OPERATIONS.serviceAccounts[verb], { params: { id }, query: dryRunQuery(dryRun) }),
        ACCOUNT_HINTS,
      );
      if (options.output === 'json')
        printJson(context.stdout, { id, ...(dryRun && { dry_run: true }), disabled });
      else
        context.stdout.write(
          dryRun ? `${id} would be ${verb}d. ${NOTHING_WRITTEN}\n` : `${id} is ${verb}d.\n`,
        );
    });
  addExamples(command, [[`sallyport sa ${verb} checkout`, `${verb} one account, with all its credentials`]]);
}
