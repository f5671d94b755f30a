import { type Command, Option } from 'commander';
import { NamespaceId } from '../accounts/namespace-id.ts';
import type { Client } from '../client/client.ts';
import { collect, eachOf } from '../client/collect-pages.ts';
import { OPERATIONS } from '../contract/contract.ts';
import { addExamples } from './add-examples.ts';
import type { CliContext } from './cli-context.ts';
import { argumentOf, parseCountArgument, parseDurationArgument } from './command-options.ts';
import { printJson } from './output.ts';
import { printTable } from './print-table.ts';
import { inNamespace, type ListedAccount, PAGE } from './read-resources.ts';
import { expiry, time, word } from './screen.ts';
import { addOperatorOptions, type OperatorOptions } from './server-options.ts';
import { withClient } from './with-client.ts';

/** What accounts are sorted by; text and times, never last. */
const SORTS = {
  id: ({ id }) => id,
  user_id: ({ user_id }) => user_id,
  namespace: ({ namespace }) => namespace,
  status: ({ status }) => status,
  created_at: ({ created_at }) => created_at,
  expires_at: ({ expires_at }) => expires_at ?? NEVER,
  last_used_at: ({ last_used_at }) => last_used_at ?? '',
} as const satisfies Record<string, (account: ListedAccount) => string>;
const NEVER = '~';

interface ListOptions extends OperatorOptions {
  readonly namespace?: NamespaceId;
  readonly status?: ListedAccount['status'];
  readonly for?: 'mesh' | 'admin' | 'pomerium';
  readonly impersonate?: boolean;
  readonly roles?: boolean;
  readonly createdBy?: string;
  readonly search?: string;
  /** Milliseconds. */
  readonly expiresWithin?: number;
  readonly unusedFor?: number;
  readonly sort: keyof typeof SORTS;
  readonly reverse?: true;
  readonly limit?: number;
}

export function addSaList(sa: Command, context: CliContext): void {
  const command = addOperatorOptions(sa.command('list'))
    .summary('list service accounts')
    .option('-n, --namespace <namespace>', 'only those of this namespace', argumentOf(NamespaceId))
    .addOption(new Option('--status <status>', 'only those').choices(['active', 'disabled', 'expired']))
    .addOption(
      new Option('--for <use>', 'only those with a valid credential for this').choices([
        'mesh',
        'admin',
        'pomerium',
      ]),
    )
    .option(
      '--expires-within <duration>',
      'only those that expire by then, or whose credentials do, in whole days, such as 30d',
      parseDurationArgument,
    )
    .option(
      '--unused-for <duration>',
      'only those not used for as long, in whole days',
      parseDurationArgument,
    )
    .option('--impersonate', 'only those that impersonate a directory user')
    .option('--no-impersonate', 'only those that do not')
    .option('--roles', 'only those with a role')
    .option('--no-roles', 'only those without')
    .option('--created-by <name>', 'only those that this account, or this user of a machine, created')
    .option('--search <text>', 'only those with this in their id, user ID or description')
    .addOption(new Option('--sort <field>', 'what to sort by').choices(Object.keys(SORTS)).default('id'))
    .option('--reverse', 'the last ones first')
    .option('--limit <count>', 'only the first, as many', parseCountArgument)
    .action(async (options: ListOptions) => {
      const accounts = await withClient(context, options, (client) => list(client, options));
      if (options.output === 'json') return printJson(context.stdout, accounts);
      printTable(
        context,
        ['ID', 'USER ID', 'NAMESPACE', 'STATUS', 'EXPIRES', 'LAST USED', 'DESCRIPTION'],
        accounts.map(({ id, user_id, namespace, status, expires_at, last_used_at, description }) => [
          id,
          user_id,
          namespace,
          word(status),
          expiry(expires_at),
          time(last_used_at),
          description,
        ]),
      );
    });
  addExamples(command, [
    ['sallyport sa list --namespace team-a', 'the accounts of one namespace'],
    ['sallyport sa list --expires-within 30d --sort expires_at', 'what expires next'],
    ['sallyport sa list --unused-for 90d --status active', 'what may be deleted'],
  ]);
}

const DAY_MS = 86_400_000;

async function list(client: Client, options: ListOptions): Promise<readonly ListedAccount[]> {
  const { namespace, status, impersonate, roles, createdBy, search, expiresWithin, unusedFor } = options;
  const query = {
    limit: PAGE,
    namespace,
    status,
    purpose: options.for,
    impersonate: flag(impersonate),
    has_roles: flag(roles),
    created_by: createdBy,
    q: search,
    expires_within_days: expiresWithin === undefined ? undefined : Math.floor(expiresWithin / DAY_MS),
    unused_for_days: unusedFor === undefined ? undefined : Math.ceil(unusedFor / DAY_MS),
  };
  const all = await inNamespace(client, namespace, () =>
    collect(
      eachOf((cursor) => client.call(OPERATIONS.serviceAccounts.list, { query: { ...query, cursor } })),
    ),
  );
  const own = all.filter((account) => namespace === undefined || account.namespace === namespace);
  const key = SORTS[options.sort];
  // Pages come by id, so that equal ones stay in that order.
  if (options.sort !== 'id') own.sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
  if (options.reverse) own.reverse();
  return own.slice(0, options.limit);
}

function flag(value: boolean | undefined): 'true' | 'false' | undefined {
  return value === undefined ? undefined : value ? 'true' : 'false';
}
