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
    .argument('<ids...>', 'the service accounts', eachArgumentOf(AccountId))
    .option('--dry-run', `say whether it could be ${verb}d, and write nothing`)
    .action(async (ids: readonly AccountId[], options: SwitchOptions) => {
      const dryRun = options.dryRun === true;
      const query = dryRunQuery(dryRun);
      await withChangingClient(
        context,
        options,
        (client) =>
          forEachId(
            ids,
            async (id) => {
              const params = { id };
              const { disabled } = await client.call(OPERATIONS.serviceAccounts[verb], { params, query });
              if (options.output === 'json') return { id, ...(dryRun && { dry_run: true }), disabled };
              return dryRun ? `${id} would be ${verb}d. ${NOTHING_WRITTEN}` : `${id} is ${verb}d.`;
            },
            context.stdout,
          ),
        ACCOUNT_HINTS,
      );
    });
  addExamples(command, [[`sallyport sa ${verb} checkout`, `${verb} one account, with all its credentials`]]);
}
