import type { Command } from 'commander';
import { addExamples } from './add-examples.ts';
import type { CliContext } from './cli-context.ts';
import { addConfigOptions, type CommonOptions, loadCommandConfig } from './command-options.ts';

export function addServe(program: Command, context: CliContext): void {
  const command = addConfigOptions(program.command('serve'))
    .summary('answer Envoy: the sidecar')
    .description(
      'Answers Envoy’s ext_authz calls until it gets SIGTERM or SIGINT; then calls in flight are finished first. With the embedded store it runs the admin API beside itself, in a process of its own.',
    )
    .action((options: CommonOptions) => context.serve(loadCommandConfig(context, options, 'serve'), options));
  addExamples(command, [
    ['sallyport serve', 'with ./sallyport.yaml, or the defaults where there is none'],
    [
      'sallyport serve --config /etc/sallyport.yaml --set log.level=debug',
      'with a file, and one setting otherwise',
    ],
  ]);
}
