import type { Command } from 'commander';
import type { CliContext } from './cli-context.ts';
import { addConfigOptions, type CommonOptions, loadCommandConfig } from './command-options.ts';

export function addAdmin(program: Command, context: CliContext): void {
  addConfigOptions(program.command('admin'))
    .summary('run the admin API, without a sidecar')
    .description(
      'Runs the admin API on admin.listen, on a machine that may hold the key to sign credentials. With the embedded store serve runs it beside itself.',
    )
    .action((options: Pick<CommonOptions, 'config' | 'set'>) =>
      context.serveAdmin(loadCommandConfig(context, options, 'admin')),
    );
}

/** The verbs of the processes that `serve` starts beside itself. The list of verbs leaves them out. */
export function addBesideServe(program: Command, context: CliContext): void {
  for (const [name, run, does] of [
    ['control-plane', context.controlPlane, 'runs the admin API beside it'],
    ['prepare-store', context.prepareStore, 'makes the store and the keys that are missing'],
  ] as const)
    addConfigOptions(program.command(name, { hidden: true }))
      .summary(`started by serve: ${does}`)
      .description(`A process that serve starts: it ${does}, and tells serve over a channel how it fares.`)
      .action((options: Pick<CommonOptions, 'config' | 'set'>) =>
        run(() => loadCommandConfig(context, options, 'serve')),
      );
}
