import type { Command } from 'commander';
import { AccountId } from '../accounts/account-id.ts';
import { UserId } from '../accounts/user-id.ts';
import { OPERATIONS } from '../contract/contract.ts';
import { addExamples } from './add-examples.ts';
import type { CliContext } from './cli-context.ts';
import {
  addCommonOptions,
  addExpiryOptions,
  argumentOf,
  type CommonOptions,
  type ExpiryOptions,
  expiryField,
} from './command-options.ts';
import { printRevoked, REVOKE_OTHERS, REVOKE_OTHERS_HELP } from './revoke-others.ts';
import { issueAndPrint } from './sa-print.ts';
import { telling } from './telling.ts';
import { openLocalClient } from './with-client.ts';

interface BootstrapOptions extends CommonOptions, ExpiryOptions {
  readonly id: AccountId;
  readonly userId?: UserId;
  readonly revokeOthers?: true;
}

export function addBootstrap(program: Command, context: CliContext): void {
  const command = addCommonOptions(program.command('bootstrap'))
    .summary('create the first admin of the admin API, or recover a lost one')
    .description(
      'Creates a service account with the role admin in global and a credential for the admin API, and shows the JWT once. An existing account gets another credential and its role back, and is enabled. Needs the key that signs credentials.',
    )
    .requiredOption('--id <id>', 'the account', argumentOf(AccountId))
    .option('--user-id <user>', 'its user ID (default: its id)', argumentOf(UserId))
    .option(REVOKE_OTHERS, REVOKE_OTHERS_HELP);
  addExpiryOptions(command).action(async (options: BootstrapOptions) => {
    const { id, userId } = options;
    const body = {
      id,
      ...(userId !== undefined && { user_id: userId }),
      ...expiryField(options, context.clock()),
      revoke_others: options.revokeOthers === true,
    };
    const client = await openLocalClient(context, options);
    try {
      await telling(context, options, `on ${client.place}`, () =>
        issueAndPrint(context, options, client, async () => {
          const { revoked, ...issued } = await client.call(OPERATIONS.serviceAccounts.bootstrap, { body });
          printRevoked(context, revoked);
          return issued;
        }),
      );
    } finally {
      await client.close();
    }
  });
  addExamples(command, [
    ['sallyport bootstrap --id alice --expires 90d', 'an admin, and the JWT to sign in with'],
  ]);
}
