import { type Command, Option } from 'commander';
import { storeOf } from '../store/drivers.ts';
import { TELEMETRY_PARTS, type TelemetryPart } from '../store/store-driver.ts';
import { addExamples } from './add-examples.ts';
import type { CliContext } from './cli-context.ts';
import { addCommonOptions, type CommonOptions, loadCommandConfig } from './command-options.ts';
import { printJson } from './output.ts';
import { printFields } from './print-table.ts';
import { telling } from './telling.ts';

interface RepairOptions extends CommonOptions {
  readonly only?: readonly TelemetryPart[];
  readonly dryRun?: true;
}

export function addStoreRepair(store: Command, context: CliContext): void {
  const command = addCommonOptions(store.command('repair'))
    .summary('rebuild what sidecars write in Redis')
    .description(
      'Removes stored decisions and heartbeats, and rebuilds the last-used times: one entry per credential, which keeps its time unless that is in the future. Works whatever these keys hold and whatever their types are. Changes no record, so no credential is revoked or admitted by it. It needs the admin’s Redis user; sidecars may run meanwhile. To keep the stored decisions, run sallyport decisions export first.',
    )
    .addOption(new Option('--only <part...>', 'repair only these').choices([...TELEMETRY_PARTS]))
    .option('--dry-run', 'show the types of the keys, and change nothing')
    .action((options: RepairOptions) => repair(context, options));
  addExamples(command, [
    ['sallyport store repair --dry-run', 'show the types of the keys'],
    ['sallyport store repair --only last-used', 'after sa list showed times in the future'],
  ]);
}

async function repair(context: CliContext, options: RepairOptions): Promise<void> {
  const { stdout, stderr } = context;
  const parts = options.only ?? TELEMETRY_PARTS;
  const config = loadCommandConfig(context, options);
  const telemetry = await context.openRepair(config);
  try {
    const { where, types } = telemetry;
    if (options.dryRun) {
      if (options.output === 'json') return printJson(stdout, { repaired: false, store: where, types });
      printFields(context, [
        ['Store', where],
        ['Last-used times', describeType(types['last-used'], 'zset')],
        ['Decisions', describeType(types.decisions, 'stream')],
      ]);
      stderr.write('Nothing was changed.\n');
      return;
    }
    const { lastUsed, decisions, heartbeats } = await telling(
      context,
      options,
      `on the store in ${storeOf(config).where}`,
      () => telemetry.repair(parts, context.clock()),
    );
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
        `Rebuilt the last-used times of ${lastUsed.credentials} credentials; ${lastUsed.kept} times were kept.\n`,
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
