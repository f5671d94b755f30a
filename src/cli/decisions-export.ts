import type { Command } from 'commander';
import { addExamples } from './add-examples.ts';
import type { TargetOptions } from './choose-server.ts';
import type { CliContext } from './cli-context.ts';
import { parseCountArgument } from './command-options.ts';
import {
  addFilterOptions,
  type DecisionFilter,
  describeForeign,
  matchesFilter,
  NamedInFilter,
} from './decision-filter.ts';
import { createLineWriter } from './line-writer.ts';
import { addTargetOptions } from './server-options.ts';
import { readStoredDecisions } from './stored-decisions.ts';
import { withClient } from './with-client.ts';

interface ExportOptions extends TargetOptions, DecisionFilter {
  readonly limit?: number;
}

export function addDecisionsExport(decisions: Command, context: CliContext): void {
  const command = addFilterOptions(addTargetOptions(decisions.command('export')))
    .summary('print the stored decisions as JSON lines')
    .description(
      'Prints the stored decisions, oldest first, one JSON object per line, as the sidecar logs them and policy try reads them.',
    )
    .option('--limit <count>', 'only this many of the newest', parseCountArgument)
    .action((options: ExportOptions) => run(context, options));
  addExamples(command, [
    ['sallyport decisions export --since 1h > decisions.jsonl', 'the decisions of the last hour'],
    [
      'sallyport decisions export | sallyport policy try --policy orders.yaml --from -',
      'which decisions a changed policy would reverse',
    ],
  ]);
}

async function run(context: CliContext, options: ExportOptions): Promise<void> {
  const now = context.clock();
  const { limit = Number.POSITIVE_INFINITY } = options;
  const writer = createLineWriter(context.stdout);
  await withClient(context, options, async (client) => {
    const newest: string[] = [];
    const named = new NamedInFilter(options);
    let foreign = 0;
    for await (const page of readStoredDecisions(client, undefined, options, now)) {
      foreign += page.foreign;
      for (const { line, decision } of page.lines) {
        if (writer.signal.aborted) return;
        named.see(decision);
        if (!matchesFilter(decision, options, now)) continue;
        if (limit === Number.POSITIVE_INFINITY) await writer.write(line);
        else if (newest.push(line) > 2 * limit) newest.splice(0, newest.length - limit);
      }
    }
    await named.check(client);
    for (const line of newest.slice(-limit)) await writer.write(line);
    if (foreign > 0) context.stderr.write(`${describeForeign(foreign)}\n`);
  });
}
