import type { Command } from 'commander';
import { AccountId } from '../accounts/account-id.ts';
import { UserId } from '../accounts/user-id.ts';
import { placeOfStore } from '../config/store-place.ts';
import { bootstrapAdministrator } from '../operations/bootstrap-administrator.ts';
import { describeIssued } from '../operations/issue-credential.ts';
import { revokeCredentials } from '../operations/service-accounts.ts';
import { addExamples } from './add-examples.ts';
import type { CliContext } from './cli-context.ts';
import {
  addCommonOptions,
  addExpiryOptions,
  argumentOf,
  type CommonOptions,
  type ExpiryOptions,
  expiryOf,
} from './command-options.ts';
import { printRevoked, REVOKE_OTHERS, REVOKE_OTHERS_HELP } from './revoke-others.ts';
import { issueAndPrint } from './sa-print.ts';
import { telling } from './telling.ts';
import { withStore } from './with-store.ts';

interface BootstrapOptions extends CommonOptions, ExpiryOptions {
  readonly id: AccountId;
  readonly userId?: UserId;
  readonly revokeOthers?: true;
}

export function addBootstrap(program: Command, context: CliContext): void {
  const command = addCommonOptions(program.command('bootstrap'))
    .summary('make the first admin of the admin API, or recover a lost one')
    .description(
      'Makes a service account that is admin of everything, with a credential for the admin API, and shows its JWT once. An account that is there already gets a further credential, its role back, and is enabled. Needs the key that signs credentials.',
    )
    .requiredOption('--id <id>', 'the account', argumentOf(AccountId))
    .option('--user-id <user>', 'its user ID (default: its id)', argumentOf(UserId))
    .option(REVOKE_OTHERS, REVOKE_OTHERS_HELP);
  addExpiryOptions(command).action(async (options: BootstrapOptions) => {
    const expiresAt = expiryOf(options, context.clock());
    const wanted = {
      id: options.id,
      userId: options.userId ?? asUserId(options.id),
      expiresAt,
      revokeOthers: options.revokeOthers === true,
    };
    await withStore(context, options, async (store, config, access) => {
      const issuing = await context.openIssuing(config);
      const bootstrap = async () => {
        const issued = await bootstrapAdministrator(store, access, issuing, wanted);
        printRevoked(
          context,
          issued.revoked.map(({ id }) => id),
        );
        return describeIssued(issued);
      };
      await telling(context, options, `on the store in ${placeOfStore(config)}`, () =>
        issueAndPrint(context, options, bootstrap, (account, credential) =>
          revokeCredentials(store, access, account, credential),
        ),
      );
    });
  });
  addExamples(command, [
    ['sallyport bootstrap --id alice --expires 90d', 'an admin, and the JWT to sign in with'],
  ]);
}

function asUserId(id: AccountId): UserId {
  const userId = UserId.parse(id);
  if (userId === undefined) throw new Error(`${id} is no user ID`);
  return userId;
}
