import { type Command, Option } from 'commander';
import type { ActivityEntry } from '../activity/activity-entry-schema.ts';
import type { Client } from '../client/client.ts';
import { eachOf } from '../client/collect-pages.ts';
import { OPERATIONS } from '../contract/contract.ts';
import { jsonText } from '../text/json-text.ts';
import { addExamples } from './add-examples.ts';
import type { TargetOptions } from './choose-server.ts';
import type { CliContext } from './cli-context.ts';
import { parseCountArgument } from './command-options.ts';
import { printTable } from './print-table.ts';
import { PAGE } from './read-resources.ts';
import { type Cell, time } from './screen.ts';
import { addTargetOptions } from './server-options.ts';
import { withClient } from './with-client.ts';

interface ListOptions extends TargetOptions {
  readonly output: 'table' | 'jsonl';
  readonly limit?: number;
}

const NEWEST = 50;

export function addActivityList(activity: Command, context: CliContext): void {
  const command = addTargetOptions(activity.command('list'))
    .summary('show the newest changes, or with -o jsonl all of them, the oldest first')
    .addOption(
      new Option(
        '-o, --output <format>',
        'table for people; jsonl for scripts, with what was before and after',
      )
        .choices(['table', 'jsonl'])
        .default('table'),
    )
    .option(
      '--limit <count>',
      `how many at most (default: ${NEWEST} in a table, all as jsonl)`,
      parseCountArgument,
    )
    .action((options: ListOptions) =>
      options.output === 'jsonl' ? exportAll(context, options) : show(context, options),
    );
  addExamples(command, [
    ['sallyport activity list', 'who changed what lately'],
    ['sallyport activity list -o jsonl > activity.jsonl', 'the whole log'],
  ]);
}

async function show(context: CliContext, options: ListOptions): Promise<void> {
  const rows: Cell[][] = [];
  await withClient(context, options, async (client) => {
    for await (const entry of activity(client, 'newest', options.limit ?? NEWEST)) rows.push(row(entry));
  });
  printTable(context, ['AT', 'WHO', 'ACTION', 'KIND', 'ID', 'NAMESPACE'], rows);
}

async function* activity(
  client: Client,
  order: 'newest' | 'oldest',
  limit: number,
): AsyncGenerator<ActivityEntry, void> {
  let left = limit;
  const all = eachOf((cursor) =>
    client.call(OPERATIONS.activity.list, { query: { order, limit: Math.min(PAGE, left), cursor } }),
  );
  for await (const entry of all) {
    yield entry;
    if (--left === 0) return;
  }
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
    for await (const entry of activity(client, 'oldest', options.limit ?? Number.POSITIVE_INFINITY))
      context.stdout.write(`${jsonText(entry)}\n`);
  });
}
