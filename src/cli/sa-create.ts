import { type Command, Option } from 'commander';
import { AccountId } from '../accounts/account-id.ts';
import { NamespaceId } from '../accounts/namespace-id.ts';
import { UserId } from '../accounts/user-id.ts';
import { OPERATIONS } from '../contract/contract.ts';
import type { TokenPurpose } from '../tokens/verified-token.ts';
import { addExamples } from './add-examples.ts';
import type { CliContext } from './cli-context.ts';
import { addExpiryOptions, argumentOf, type ExpiryOptions, expiryField } from './command-options.ts';
import { issueAndPrint } from './sa-print.ts';
import { addOperatorOptions, type OperatorOptions } from './server-options.ts';
import { withChangingClient } from './with-client.ts';

interface CreateOptions extends OperatorOptions, ExpiryOptions {
  readonly userId: UserId;
  readonly namespace: NamespaceId;
  readonly id?: AccountId;
  readonly impersonate?: true;
  readonly description: string;
  readonly for: TokenPurpose;
}

export function addSaCreate(sa: Command, context: CliContext): void {
  const command = addOperatorOptions(sa.command('create'))
    .summary('create a service account and show its JWT once')
    .description(
      'Creates a service account with its first credential. The JWT is printed once and stored nowhere.',
    )
    .requiredOption(
      '--user-id <user>',
      'the name that policies match; unique and never reused',
      argumentOf(UserId),
    )
    .requiredOption(
      '-n, --namespace <namespace>',
      'where it may be used: here and in namespaces below',
      argumentOf(NamespaceId),
    )
    .option('--id <id>', 'the account’s id (default: a new one)', argumentOf(AccountId))
    .option(
      '--impersonate',
      'impersonate the directory user with that id: its email, groups and claims apply',
    )
    .option('--description <text>', 'what it is for', '')
    .addOption(purposeOption());
  addExpiryOptions(command).action((options: CreateOptions) => create(context, options));
  addExamples(command, [
    ['sallyport sa create --id checkout --user-id checkout --namespace team-a', 'an account and its JWT'],
    [
      'sallyport sa create --user-id alice@example.com --impersonate --namespace team-a --expires 90d',
      'an account that impersonates a directory user, for 90 days',
    ],
  ]);
}

export function purposeOption(): Option {
  return new Option('--for <use>', 'which API accepts the credential: mesh or admin')
    .choices(['mesh', 'admin'])
    .default('mesh');
}

async function create(context: CliContext, options: CreateOptions): Promise<void> {
  const { id, namespace, userId, description } = options;
  const body = {
    ...(id !== undefined && { id }),
    namespace,
    user_id: userId,
    impersonate: options.impersonate === true,
    description,
    ...expiryField(options, context.clock()),
    purpose: options.for,
  };
  await withChangingClient(context, options, (client) =>
    issueAndPrint(context, options, client, () => client.call(OPERATIONS.serviceAccounts.create, { body })),
  );
}
