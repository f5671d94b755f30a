import type { Command } from 'commander';
import type { CliContext } from './cli-context.ts';
import { addConfigOptions, type CommonOptions, loadCommandConfig } from './command-options.ts';

export function addServe(program: Command, context: CliContext): void {
  addConfigOptions(program.command('serve'))
    .summary('answer Envoy: the sidecar')
    .description(
      'Answers Envoy’s ext_authz calls until it gets SIGTERM or SIGINT; then calls in flight are finished first.',
    )
    .action((options: CommonOptions) => context.serve(loadCommandConfig(context, options)));
}
