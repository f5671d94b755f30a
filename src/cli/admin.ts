import type { Command } from 'commander';
import type { CliContext } from './cli-context.ts';
import { addConfigOptions, type CommonOptions, loadCommandConfig } from './command-options.ts';

export function addAdmin(program: Command, context: CliContext): void {
  addConfigOptions(program.command('admin'))
    .summary('run the admin API, without a sidecar')
    .description(
      'Runs the admin API on admin.listen, on a machine that may hold the signing key. With the embedded store, serve starts it as a child process.',
    )
    .action((options: Pick<CommonOptions, 'config' | 'set'>) =>
      context.serveAdmin(loadCommandConfig(context, options, 'admin')),
    );
}

/** Hidden verbs: the child processes of `serve`. */
export function addBesideServe(program: Command, context: CliContext): void {
  for (const [name, run, does] of [
    ['control-plane', context.controlPlane, 'runs the admin API beside it'],
    ['prepare-store', context.prepareStore, 'creates the store and missing keys'],
  ] as const)
    addConfigOptions(program.command(name, { hidden: true }))
      .summary(`started by serve: ${does}`)
      .description(`A child process of serve: it ${does}, and reports its state to serve over a channel.`)
      .action((options: Pick<CommonOptions, 'config' | 'set'>) =>
        run(() => loadCommandConfig(context, options, 'serve')),
      );
}
