import { type Command, Option } from 'commander';
import { AccountId } from '../accounts/account-id.ts';
import { NamespaceId } from '../accounts/namespace-id.ts';
import { UserId } from '../accounts/user-id.ts';
import { OPERATIONS } from '../contract/contract.ts';
import { addExamples } from './add-examples.ts';
import type { CliContext } from './cli-context.ts';
import { addExpiryOptions, argumentOf, type ExpiryOptions, expiryField } from './command-options.ts';
import { NOTHING_WRITTEN, printJson } from './output.ts';
import { accountSpecOf } from './read-resources.ts';
import { printRevoked, REVOKE_OTHERS, REVOKE_OTHERS_HELP } from './revoke-others.ts';
import { addOperatorOptions, type OperatorOptions } from './server-options.ts';
import { UsageError } from './usage-error.ts';
import { ACCOUNT_HINTS, dryRunQuery, withChangingClient } from './with-client.ts';

interface UpdateOptions extends OperatorOptions, ExpiryOptions {
  readonly description?: string;
  readonly namespace?: NamespaceId;
  readonly userId?: UserId;
  readonly impersonate?: UserId;
  readonly dryRun?: true;
  readonly revokeOthers?: true;
}

export function addSaUpdate(sa: Command, context: CliContext): void {
  const command = addOperatorOptions(sa.command('update'))
    .summary('change fields of a service account')
    .description(
      'Changes the fields that are named and leaves the others as they are. If the account is changed concurrently, nothing is changed. The expiry is that of the account: issued credentials keep their own.',
    )
    .argument('<id>', 'the service account', argumentOf(AccountId))
    .option('--description <text>', 'what it is for')
    .option('-n, --namespace <namespace>', 'move it to this namespace', argumentOf(NamespaceId))
    .addOption(
      new Option('--user-id <user>', 'its user ID; the old one stays taken')
        .argParser(argumentOf(UserId))
        .conflicts('impersonate'),
    )
    .option('--impersonate <user>', 'impersonate this directory user', argumentOf(UserId))
    .option('--dry-run', 'say whether it could be changed, and write nothing')
    .option(REVOKE_OTHERS, REVOKE_OTHERS_HELP);
  addExpiryOptions(command).action((id: AccountId, options: UpdateOptions) => update(context, id, options));
  addExamples(command, [
    ['sallyport sa update checkout --description "nightly export"', 'one field'],
    ['sallyport sa update checkout --expires 90d', 'another end'],
  ]);
}

async function update(context: CliContext, id: AccountId, options: UpdateOptions): Promise<void> {
  const { description, namespace, userId, impersonate, expires } = options;
  const fields = {
    ...(description !== undefined && { description }),
    ...(namespace !== undefined && { namespace }),
    ...(userId !== undefined && { user_id: userId, impersonate: undefined }),
    ...(impersonate !== undefined && { impersonate, user_id: undefined }),
    ...(expires === 'never' ? { expires_at: undefined } : expiryField(options, context.clock())),
  };
  if (Object.keys(fields).length === 0)
    throw new UsageError('nothing to change: name a field, such as --description');
  const dryRun = options.dryRun === true;
  const { get, put } = OPERATIONS.serviceAccounts;
  const answer = await withChangingClient(
    context,
    options,
    async (client) => {
      const { answer: account, revision } = await client.callVersioned(get, { params: { id } });
      return client.call(put, {
        params: { id },
        query: {
          ...dryRunQuery(dryRun),
          ...(options.revokeOthers && { revoke_others: 'true' as const }),
        },
        body: withoutUndefined({ ...accountSpecOf(account), ...fields }),
        precondition: { ifMatch: revision ?? 'any', ifAbsent: false },
      });
    },
    ACCOUNT_HINTS,
  );
  const { action, revoked = [] } = answer;
  if (options.output === 'json') return printJson(context.stdout, { id, action, dry_run: dryRun, revoked });
  printRevoked(context, revoked, dryRun);
  if (action === 'unchanged') context.stdout.write(`${id} is unchanged.\n`);
  else context.stdout.write(dryRun ? `${id} would be changed. ${NOTHING_WRITTEN}\n` : `${id} is changed.\n`);
}

function withoutUndefined<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}
