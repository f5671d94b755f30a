import { type Command, Option } from 'commander';
import type { ActivityEntry } from '../activity/activity-entry.ts';
import { parseRecord } from '../store/record.ts';
import { addExamples } from './add-examples.ts';
import type { CliContext } from './cli-context.ts';
import { addConfigOptions, type CommonOptions, parseCountArgument } from './command-options.ts';
import { printTable } from './output.ts';
import { withStore } from './with-store.ts';

interface ListOptions extends Pick<CommonOptions, 'config' | 'set'> {
  readonly output: 'table' | 'jsonl';
  readonly limit?: number;
}

const PAGE = 500;
const NEWEST = 50;

export function addActivityList(activity: Command, context: CliContext): void {
  const command = addConfigOptions(activity.command('list'))
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
  const entries = await withStore(context, options, (store) =>
    store.list('activity', { limit: options.limit ?? NEWEST, descending: true }),
  );
  printTable(
    context.stdout,
    ['AT', 'WHO', 'ACTION', 'KIND', 'ID', 'NAMESPACE'],
    entries.map((record) => {
      const entry = parseRecord('activity', record);
      return [entry.at, nameOf(entry), entry.action, entry.kind, entry.entity, entry.namespaces[0] ?? ''];
    }),
  );
}

function nameOf({ author }: ActivityEntry): string {
  return author.kind === 'account'
    ? `${author.account} from ${author.address}`
    : `${author.user}@${author.host}`;
}

async function exportAll(context: CliContext, options: ListOptions): Promise<void> {
  await withStore(context, options, async (store) => {
    let left = options.limit ?? Number.POSITIVE_INFINITY;
    for (let after: string | undefined; left > 0; ) {
      const page = await store.list('activity', { after, limit: Math.min(PAGE, left) });
      for (const record of page) context.stdout.write(`${JSON.stringify(parseRecord('activity', record))}\n`);
      after = page.at(-1)?.id;
      left -= page.length;
      if (page.length < PAGE || after === undefined) return;
    }
  });
}
