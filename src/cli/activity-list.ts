import { type Command, Option } from 'commander';
import { NamespaceId } from '../accounts/namespace-id.ts';
import type { ActivityEntry } from '../activity/activity-entry-schema.ts';
import type { Client } from '../client/client.ts';
import { eachOf } from '../client/collect-pages.ts';
import type { ActivityKind } from '../contract/activity.ts';
import { OPERATIONS } from '../contract/contract.ts';
import { jsonText } from '../text/json-text.ts';
import { addExamples } from './add-examples.ts';
import type { TargetOptions } from './choose-server.ts';
import type { CliContext } from './cli-context.ts';
import { argumentOf, parseCountArgument, parseSince, type Since, timeOf } from './command-options.ts';
import { KIND_HELP, parseKindArgument } from './kind-name.ts';
import { printTable } from './print-table.ts';
import { PAGE } from './read-resources.ts';
import { type Cell, time } from './screen.ts';
import { addTargetOptions } from './server-options.ts';
import { withClient } from './with-client.ts';

interface ListOptions extends TargetOptions {
  readonly output: 'table' | 'jsonl';
  readonly limit?: number;
  readonly namespace?: NamespaceId;
  readonly kind?: ActivityKind;
  readonly id?: string;
  readonly by?: string;
  readonly since?: Since;
  readonly until?: Since;
}

const NEWEST = 50;

export function addActivityList(activity: Command, context: CliContext): void {
  const command = addTargetOptions(activity.command('list'))
    .summary('show the newest changes, or with -o jsonl all changes, oldest first')
    .addOption(
      new Option(
        '-o, --output <format>',
        'table for people; jsonl for scripts, with the values before and after',
      )
        .choices(['table', 'jsonl'])
        .default('table'),
    )
    .option(
      '--limit <count>',
      `maximum number of changes (default: ${NEWEST} in a table, all as jsonl)`,
      parseCountArgument,
    )
    .option(
      '-n, --namespace <namespace>',
      'only in this namespace and those below it',
      argumentOf(NamespaceId),
    )
    .addOption(new Option('--kind <kind>', `one of ${KIND_HELP}, or credential`).argParser(parseActivityKind))
    .option('--id <id>', 'only changes of the resource with this id')
    .option('--by <name>', 'only changes by this service account or operating-system user')
    .option('--since <time>', 'only changes since this date, time or duration ago, such as 15m', parseSince)
    .option('--until <time>', 'only changes until then', parseSince)
    .action((options: ListOptions) =>
      options.output === 'jsonl' ? exportAll(context, options) : show(context, options),
    );
  addExamples(command, [
    ['sallyport activity list', 'who changed what lately'],
    ['sallyport activity list --kind policy --id readers', 'who changed one policy'],
    ['sallyport activity list --by alice --since 1d', 'what one administrator did today'],
    ['sallyport activity list -o jsonl > activity.jsonl', 'the whole log'],
  ]);
}

async function show(context: CliContext, options: ListOptions): Promise<void> {
  const rows: Cell[][] = [];
  await withClient(context, options, async (client) => {
    for await (const entry of activity(context, client, options, 'newest', NEWEST)) rows.push(row(entry));
  });
  printTable(context, ['AT', 'WHO', 'ACTION', 'KIND', 'ID', 'NAMESPACE'], rows);
}

async function* activity(
  { clock }: CliContext,
  client: Client,
  { namespace, kind, id, by, since, until, limit }: ListOptions,
  order: 'newest' | 'oldest',
  usualLimit: number,
): AsyncGenerator<ActivityEntry, void> {
  let left = limit ?? usualLimit;
  const now = clock();
  const query = {
    order,
    namespace,
    kind,
    entity: id,
    author: by,
    since: since && new Date(timeOf(since, now)).toISOString(),
    until: until && new Date(timeOf(until, now)).toISOString(),
  };
  const all = eachOf((cursor) =>
    client.call(OPERATIONS.activity.list, { query: { ...query, limit: Math.min(PAGE, left), cursor } }),
  );
  for await (const entry of all) {
    yield entry;
    if (--left === 0) return;
  }
}

function parseActivityKind(text: string): ActivityKind {
  return /^credentials?$/i.test(text) ? 'Credential' : parseKindArgument(text);
}

function row(entry: ActivityEntry): Cell[] {
  return [time(entry.at), nameOf(entry), entry.action, entry.kind, entry.entity, entry.namespaces[0] ?? ''];
}

function nameOf({ author }: ActivityEntry): string {
  return author.kind === 'account'
    ? `${author.account} from ${author.address}`
    : `${author.user}@${author.host}`;
}

async function exportAll(context: CliContext, options: ListOptions): Promise<void> {
  await withClient(context, options, async (client) => {
    for await (const entry of activity(context, client, options, 'oldest', Number.POSITIVE_INFINITY))
      context.stdout.write(`${jsonText(entry)}\n`);
  });
}
