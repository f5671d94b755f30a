import { type Command, Option } from 'commander';
import { NamespaceId } from '../accounts/namespace-id.ts';
import { OPERATIONS } from '../contract/contract.ts';
import { formatResources, resourceDocument } from '../manifests/resource-text.ts';
import { addExamples } from './add-examples.ts';
import type { TargetOptions } from './choose-server.ts';
import type { CliContext } from './cli-context.ts';
import { argumentOf } from './command-options.ts';
import { printJson } from './output.ts';
import { inNamespace, readDocument } from './read-resources.ts';
import { addTargetOptions } from './server-options.ts';
import { withClient } from './with-client.ts';

interface ExportOptions extends TargetOptions {
  readonly namespace?: NamespaceId;
  readonly output: 'yaml' | 'json';
}

export function addExport(program: Command, context: CliContext): void {
  const command = addTargetOptions(program.command('export'))
    .summary('print resources as YAML for apply')
    .description(
      'Prints everything, or one namespace with those below it, as apply reads it, each resource after those that it needs. Applying the output to the same store changes nothing; applying it to an empty store creates the same resources. It has no credentials, keys or times: after a move, accounts need new credentials (sa rotate). To move a whole store, use backup. An export of one namespace does not print resources outside that it refers to (policies above it, directory users).',
    )
    .option('-n, --namespace <namespace>', 'this namespace and those below it', argumentOf(NamespaceId))
    .addOption(
      new Option('-o, --output <format>', 'yaml: documents; json: one list of them')
        .choices(['yaml', 'json'])
        .default('yaml'),
    )
    .action(async ({ namespace, output, ...options }: ExportOptions) => {
      const { resources } = await withClient(context, options, (client) =>
        inNamespace(client, namespace, () =>
          client.call(OPERATIONS.resources.export, { query: { namespace } }),
        ),
      );
      const documents = resources.map(readDocument).map(resourceDocument);
      if (output === 'json') printJson(context.stdout, documents);
      else context.stdout.write(formatResources(documents));
    });
  addExamples(command, [
    ['sallyport export > everything.yaml', 'everything'],
    ['sallyport export --namespace team-a > team-a.yaml', 'team-a and the namespaces below it'],
  ]);
}
