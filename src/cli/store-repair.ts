import { type Command, Option } from 'commander';
import { TELEMETRY_PARTS, type TelemetryPart } from '../store/telemetry-repair.ts';
import { addExamples } from './add-examples.ts';
import type { CliContext } from './cli-context.ts';
import { addCommonOptions, type CommonOptions, loadCommandConfig } from './command-options.ts';
import { printFields, printJson } from './output.ts';

interface RepairOptions extends CommonOptions {
  readonly only?: readonly TelemetryPart[];
  readonly dryRun?: true;
}

export function addStoreRepair(store: Command, context: CliContext): void {
  const command = addCommonOptions(store.command('repair'))
    .summary('make anew what sidecars write in Redis')
    .description(
      'Removes stored decisions and heartbeats, and makes last-used times anew: a place for every credential, with the times that were there, but for those in the future. Works whatever these keys hold, and whatever their types are. Changes no record, so nothing is revoked, admitted or forgotten by it. It needs the admin’s Redis user, and sidecars may go on meanwhile. To keep what was decided, run sallyport decisions export first.',
    )
    .addOption(new Option('--only <part...>', 'not all three').choices([...TELEMETRY_PARTS]))
    .option('--dry-run', 'show what is there, and change nothing')
    .action((options: RepairOptions) => repair(context, options));
  addExamples(command, [
    ['sallyport store repair --dry-run', 'which types the keys have'],
    ['sallyport store repair --only last-used', 'after sa list showed times that can’t be'],
  ]);
}

async function repair(context: CliContext, options: RepairOptions): Promise<void> {
  const { stdout, stderr } = context;
  const parts = options.only ?? TELEMETRY_PARTS;
  const telemetry = await context.openRepair(loadCommandConfig(context, options));
  try {
    const { where, types } = telemetry;
    if (options.dryRun) {
      if (options.output === 'json') return printJson(stdout, { repaired: false, store: where, types });
      printFields(stdout, [
        ['Store', where],
        ['Last-used times', describeType(types['last-used'], 'zset')],
        ['Decisions', describeType(types.decisions, 'stream')],
      ]);
      stderr.write('Nothing was changed.\n');
      return;
    }
    const { lastUsed, decisions, heartbeats } = await telemetry.repair(parts, context.clock());
    if (options.output === 'json')
      return printJson(stdout, {
        repaired: true,
        store: where,
        types,
        last_used: lastUsed ?? null,
        decisions_removed: decisions ?? null,
        heartbeats_removed: heartbeats ?? null,
      });
    if (lastUsed)
      stdout.write(
        `Made last-used times of ${lastUsed.credentials} credentials anew; ${lastUsed.kept} times were kept.\n`,
      );
    if (decisions !== undefined)
      stdout.write(decisions ? 'Removed the stored decisions.\n' : 'There were no stored decisions.\n');
    if (heartbeats !== undefined) stdout.write(`Removed ${heartbeats} heartbeats.\n`);
  } finally {
    telemetry.close();
  }
}

function describeType(type: string, expected: string): string {
  if (type === expected) return type;
  return type === 'none' ? 'none yet' : `${type}: expected ${expected}`;
}
