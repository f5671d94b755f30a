import type { Command } from 'commander';
import type { CliContext } from './cli-context.ts';
import { addConfigOptions, type CommonOptions, loadCommandConfig } from './command-options.ts';

export function addAdmin(program: Command, context: CliContext): void {
  addConfigOptions(program.command('admin'))
    .summary('run the admin API, without a sidecar')
    .description(
      'Runs the admin API on admin.listen, on a machine that may hold the key to sign credentials. With the embedded store serve does it, too.',
    )
    .action((options: Pick<CommonOptions, 'config' | 'set'>) =>
      context.serveAdmin(loadCommandConfig(context, options)),
    );
}
