import type { Command } from 'commander';
import { addExamples } from './add-examples.ts';
import type { CliContext } from './cli-context.ts';
import { addConfigOptions, type CommonOptions, loadCommandConfig } from './command-options.ts';

export function addServe(program: Command, context: CliContext): void {
  const command = addConfigOptions(program.command('serve'))
    .summary('answer Envoy: the sidecar')
    .description(
      'Answers Envoy’s ext_authz calls until SIGTERM or SIGINT, then finishes calls in flight. With the embedded store it runs the admin API in a child process.',
    )
    .action((options: CommonOptions) => context.serve(loadCommandConfig(context, options, 'serve'), options));
  addExamples(command, [
    ['sallyport serve', 'with ./sallyport.yaml, or the defaults if it does not exist'],
    [
      'sallyport serve --config /etc/sallyport.yaml --set log.level=debug',
      'with a file and one setting changed',
    ],
  ]);
}
