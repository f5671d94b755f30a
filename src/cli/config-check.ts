import { type Command, Option } from 'commander';
import { configForPrinting } from '../config/config-for-printing.ts';
import type { ServingVerb } from '../config/cross-checks.ts';
import { addExamples } from './add-examples.ts';
import type { CliContext } from './cli-context.ts';
import { addCommonOptions, type CommonOptions, loadCommandConfig } from './command-options.ts';
import { printJson } from './output.ts';

export function addConfigCheck(config: Command, context: CliContext): void {
  const command = addCommonOptions(config.command('check'))
    .summary('say everything that is wrong with the configuration')
    .description(
      'Reads the configuration as serve or admin does, and names every mistake with its place. Listens on nothing, opens no store.',
    )
    .addOption(
      new Option('--for <verb>', 'the verb that will run with it')
        .choices(['serve', 'admin'])
        .default('serve'),
    )
    .action((options: CommonOptions & { readonly for: ServingVerb }) => {
      const checked = loadCommandConfig(context, options, options.for);
      if (options.output === 'json') printJson(context.stdout, configForPrinting(checked));
      else context.stdout.write(`${checked.file ?? 'the defaults, with no configuration file'}: good\n`);
    });
  addExamples(command, [
    ['sallyport config check --config /etc/sallyport.yaml', 'before a restart'],
    ['sallyport config check --for admin', 'on the machine that runs sallyport admin'],
  ]);
}
