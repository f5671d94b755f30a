import { type Command, Option } from 'commander';
import type { Config } from '../config/config.ts';
import { configForPrinting } from '../config/config-for-printing.ts';
import type { ServingVerb } from '../config/cross-checks.ts';
import type { RecordProblem } from '../snapshot/record-problem.ts';
import { printable } from '../text/printable.ts';
import { addExamples } from './add-examples.ts';
import type { CliContext } from './cli-context.ts';
import { addCommonOptions, type CommonOptions, loadCommandConfig } from './command-options.ts';
import { ExitQuietly } from './exit-quietly.ts';
import { printJson } from './output.ts';
import { EXIT } from './report-error.ts';

export function addConfigCheck(config: Command, context: CliContext): void {
  const command = addCommonOptions(config.command('check'))
    .summary('report every error in the configuration')
    .description(
      'Reads the configuration as serve or admin does, and reports every error with its path. Does not listen, and opens the store only with --store.',
    )
    .addOption(
      new Option('--for <verb>', 'the verb that will run with it')
        .choices(['serve', 'admin'])
        .default('serve'),
    )
    .option(
      '--store',
      'also report namespaces, policies and routes of the store that are unusable, or not usable on all their hosts; changes nothing',
    )
    .action(async (options: CheckOptions) => {
      const checked = loadCommandConfig(context, options, options.for);
      const faults = options.store ? await storeFaults(context, checked) : [];
      if (options.output === 'json')
        printJson(context.stdout, {
          ...Object(configForPrinting(checked)),
          ...(options.store && { faults }),
        });
      else {
        for (const { kind, id, problem } of faults)
          context.stdout.write(`${printable(`${kind} ${id}: ${problem}`)}\n`);
        if (faults.length === 0)
          context.stdout.write(`${checked.file ?? 'the defaults, with no configuration file'}: valid\n`);
      }
      if (faults.length > 0) throw new ExitQuietly(EXIT.failed);
    });
  addExamples(command, [
    ['sallyport config check --config /etc/sallyport.yaml', 'before a restart'],
    ['sallyport config check --for admin', 'on the machine that runs sallyport admin'],
    ['sallyport config check --store', 'after an upgrade: resources that this version does not match'],
  ]);
}

interface CheckOptions extends CommonOptions {
  readonly for: ServingVerb;
  readonly store?: true;
}

/** The problems that a sidecar with this configuration would report about its store. */
async function storeFaults(context: CliContext, config: Config): Promise<readonly RecordProblem[]> {
  const store = await context.openStore(config, 'read');
  try {
    const explaining = await context.openExplaining(config, store);
    try {
      return explaining.parts.snapshot().faults;
    } finally {
      await explaining.close();
    }
  } finally {
    await store.close();
  }
}
