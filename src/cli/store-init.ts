import type { Command } from 'commander';
import { storeOf } from '../store/drivers.ts';
import { addExamples } from './add-examples.ts';
import type { CliContext } from './cli-context.ts';
import { addCommonOptions, type CommonOptions, loadCommandConfig } from './command-options.ts';
import { printJson } from './output.ts';

export function addStoreInit(store: Command, context: CliContext): void {
  const command = addCommonOptions(store.command('init'))
    .summary('create the configured store if it is missing')
    .description(
      'Creates the configured store and, if it is embedded, the key that signs credentials, as sallyport serve does on its first start. An existing store stays as it is. No other verb creates a store, so a verb in the wrong folder fails.',
    )
    .action(async (options: CommonOptions) => {
      const config = loadCommandConfig(context, options);
      const made = await context.createStore(config);
      const place = storeOf(config).where;
      if (options.output === 'json') printJson(context.stdout, { store: place, made });
      else context.stdout.write(`${made ? 'Made the store in' : 'The store was there:'} ${place}\n`);
    });
  addExamples(command, [['sallyport store init', 'before the first apply, if no serve runs yet']]);
}
