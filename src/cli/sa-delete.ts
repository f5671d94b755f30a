import type { Command } from 'commander';
import { AccountId } from '../accounts/account-id.ts';
import type { Client } from '../client/client.ts';
import { OPERATIONS } from '../contract/contract.ts';
import { addExamples } from './add-examples.ts';
import type { CliContext } from './cli-context.ts';
import { eachArgumentOf } from './command-options.ts';
import { NOTHING_WRITTEN, printJson } from './output.ts';
import { addOperatorOptions, type OperatorOptions } from './server-options.ts';
import { ACCOUNT_HINTS, dryRunQuery, withChangingClient } from './with-client.ts';

interface ChangeOptions extends OperatorOptions {
  readonly dryRun?: true;
}

type DryRunQuery = ReturnType<typeof dryRunQuery>;

/** A change of one account at a time. */
interface AccountChange {
  /** The past participle, for messages: `deleted`. */
  readonly done: string;
  /** Changes one account and returns the fields of its JSON output. */
  readonly call: (client: Client, id: AccountId, query: DryRunQuery) => Promise<object>;
}

export function addSaDelete(sa: Command, context: CliContext): void {
  const command = addOperatorOptions(sa.command('delete'))
    .summary('delete an account and all its credentials, for good')
    .description(
      'Deletes the account and its credentials. Its user ID stays taken: no other account ever gets it.',
    );
  addChange(command, context, {
    done: 'deleted',
    async call(client, id, query) {
      await client.call(OPERATIONS.serviceAccounts.remove, { params: { id }, query });
      return query.dry_run === 'true' ? {} : { deleted: true };
    },
  });
  addExamples(command, [['sallyport sa delete checkout', 'refuse its JWTs for good']]);
}

/** `sa disable` and `sa enable`. */
export function addSaDisable(sa: Command, context: CliContext): void {
  addSwitch(sa, context, 'disable', 'refuse an account’s credentials until it is enabled again');
  addSwitch(sa, context, 'enable', 'accept the credentials of a disabled account again');
}

function addSwitch(sa: Command, context: CliContext, verb: 'disable' | 'enable', summary: string): void {
  const command = addOperatorOptions(sa.command(verb)).summary(summary);
  addChange(command, context, {
    done: `${verb}d`,
    async call(client, id, query) {
      const { disabled } = await client.call(OPERATIONS.serviceAccounts[verb], { params: { id }, query });
      return { disabled };
    },
  });
  addExamples(command, [[`sallyport sa ${verb} checkout`, `${verb} one account, with all its credentials`]]);
}

/** Changes accounts one after the other, prints each result, and stops at the first error. */
function addChange(command: Command, context: CliContext, { done, call }: AccountChange): void {
  command
    .argument('<ids...>', 'the service accounts', eachArgumentOf(AccountId))
    .option('--dry-run', `say whether it could be ${done}, and write nothing`)
    .action(async (ids: readonly AccountId[], options: ChangeOptions) => {
      const { stdout } = context;
      const dryRun = options.dryRun === true;
      const described: object[] = [];
      const work = async (client: Client) => {
        for (const id of ids) {
          const fields = await call(client, id, dryRunQuery(dryRun));
          if (options.output === 'json') described.push({ id, ...(dryRun && { dry_run: true }), ...fields });
          else stdout.write(`${id} ${dryRun ? `would be ${done}. ${NOTHING_WRITTEN}` : `is ${done}.`}\n`);
        }
      };
      await withChangingClient(context, options, work, ACCOUNT_HINTS);
      if (options.output === 'json') printJson(stdout, ids.length === 1 ? described[0] : described);
    });
}
