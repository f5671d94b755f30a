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
    .summary('print resources as the YAML that apply takes')
    .description(
      'Prints everything, or one namespace with those below it, as apply takes it, each resource after those that it needs. Applying what it printed changes nothing; applied to an empty store, it makes the same resources. Credentials, keys and times are not in it: after a move, accounts need new credentials (sa rotate), while backup takes a store along whole. Of one namespace, what it refers to outside (policies above it, directory users) is referred to, not printed.',
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
    ['sallyport export --namespace team-a > team-a.yaml', 'what team-a and the namespaces below it hold'],
  ]);
}
