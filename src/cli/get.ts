import { type Command, Option } from 'commander';
import { NamespaceId } from '../accounts/namespace-id.ts';
import type { Client } from '../client/client.ts';
import type { ResourceKind } from '../manifests/resource.ts';
import { formatResources, resourceDocument } from '../manifests/resource-text.ts';
import { unknownResource } from '../operations/refusals.ts';
import { addExamples } from './add-examples.ts';
import type { TargetOptions } from './choose-server.ts';
import type { CliContext } from './cli-context.ts';
import { argumentOf } from './command-options.ts';
import { KIND_HELP, parseKindArgument } from './kind-name.ts';
import { printJson } from './output.ts';
import { type FoundResource, listResources, requireResource } from './read-resources.ts';
import { printResourceTable } from './resource-table.ts';
import { addTargetOptions } from './server-options.ts';
import { withClient } from './with-client.ts';

interface GetOptions extends TargetOptions {
  readonly namespace?: NamespaceId;
  readonly output?: 'yaml' | 'json' | 'table';
}

export function addGet(program: Command, context: CliContext): void {
  const command = addTargetOptions(program.command('get'))
    .summary('show resources of one kind')
    .description(
      'Shows one resource, or those of a kind. YAML is the format of apply. JSON has the same fields; service accounts also have a status with credentials (never a JWT), times and validity.',
    )
    .argument('<kind>', `one of ${KIND_HELP}; in any case, one or many`, parseKindArgument)
    .argument('[ids...]', 'the resources (default: all)')
    .option(
      '-n, --namespace <namespace>',
      'only resources in this namespace and those below it',
      argumentOf(NamespaceId),
    )
    .addOption(
      new Option('-o, --output <format>', 'how to show it (default: yaml for one, table for many)').choices([
        'yaml',
        'json',
        'table',
      ]),
    )
    .action((kind: ResourceKind, ids: readonly string[], options: GetOptions) =>
      get(context, kind, ids, options),
    );
  addExamples(command, [
    ['sallyport get routes', 'all routes, as a table'],
    ['sallyport get policy readers', 'one policy, as YAML for apply'],
    ['sallyport get sa --namespace team-a -o json', 'the service accounts of a team, with their status'],
  ]);
}

async function get(
  context: CliContext,
  kind: ResourceKind,
  ids: readonly string[],
  options: GetOptions,
): Promise<void> {
  const output = options.output ?? (ids.length === 0 ? 'table' : 'yaml');
  const found = await withClient(context, options, (client) => select(client, kind, ids, options.namespace));
  const resources = found.map(({ resource }) => resource);
  if (output === 'yaml') return void context.stdout.write(formatResources(resources.map(resourceDocument)));
  if (output === 'table') return printResourceTable(context, kind, found);
  const described = found.map(({ resource, state }) => ({
    ...resourceDocument(resource),
    ...(state && { status: state }),
  }));
  printJson(context.stdout, ids.length === 1 ? described[0] : described);
}

async function select(
  client: Client,
  kind: ResourceKind,
  ids: readonly string[],
  namespace: NamespaceId | undefined,
): Promise<readonly FoundResource[]> {
  if (ids.length === 0) return listResources(client, kind, namespace);
  if (namespace === undefined) {
    const found: FoundResource[] = [];
    for (const id of new Set(ids)) found.push(await requireResource(client, kind, id));
    return found;
  }
  const known = await listResources(client, kind, namespace);
  return [...new Set(ids)].map((id) => {
    const found = known.find(({ resource }) => resource.spec.id === id);
    if (found) return found;
    throw unknownResource(
      kind,
      id,
      known.map(({ resource }) => resource.spec.id),
    );
  });
}
