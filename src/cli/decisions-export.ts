import type { Command } from 'commander';
import { addExamples } from './add-examples.ts';
import type { CliContext } from './cli-context.ts';
import { addConfigOptions, type CommonOptions, parseCountArgument } from './command-options.ts';
import { addFilterOptions, type DecisionFilter, matchesFilter } from './decision-filter.ts';
import { createLineWriter } from './line-writer.ts';
import { describeForeign, storedDecisions } from './stored-decisions.ts';
import { withStore } from './with-store.ts';

interface ExportOptions extends Pick<CommonOptions, 'config' | 'set'>, DecisionFilter {
  readonly limit?: number;
}

export function addDecisionsExport(decisions: Command, context: CliContext): void {
  const command = addFilterOptions(addConfigOptions(decisions.command('export')))
    .summary('print the stored decisions as JSON lines')
    .description(
      'Prints the stored decisions, the oldest first, one JSON object a line, as the sidecar logs them and policy try takes them.',
    )
    .option('--limit <count>', 'only the newest, so many', parseCountArgument)
    .action((options: ExportOptions) => run(context, options));
  addExamples(command, [
    ['sallyport decisions export --since 1h > decisions.jsonl', 'those of the last hour'],
    [
      'sallyport decisions export | sallyport policy try --policy orders.yaml --from -',
      'what a changed policy would turn',
    ],
  ]);
}

async function run(context: CliContext, options: ExportOptions): Promise<void> {
  const now = context.clock();
  const { limit = Number.POSITIVE_INFINITY } = options;
  const writer = createLineWriter(context.stdout);
  await withStore(context, options, async ({ side }) => {
    const newest: string[] = [];
    let foreign = 0;
    for await (const { line, decision } of storedDecisions(side)) {
      if (writer.signal.aborted) return;
      if (!decision) foreign += 1;
      if (!decision || !matchesFilter(decision, options, now)) continue;
      if (limit === Number.POSITIVE_INFINITY) await writer.write(line);
      else if (newest.push(line) > 2 * limit) newest.splice(0, newest.length - limit);
    }
    for (const line of newest.slice(-limit)) await writer.write(line);
    if (foreign > 0) context.stderr.write(`${describeForeign(foreign)}\n`);
  });
}
