import { type Command, Option } from 'commander';
import { NamespaceId } from '../accounts/namespace-id.ts';
import { exportResources, findResource, UnknownResource } from '../resources/export-resources.ts';
import { Reader } from '../resources/reader.ts';
import type { ResourceKind, StoredResource } from '../resources/resource.ts';
import { formatResources, resourceDocument } from '../resources/resource-text.ts';
import { readAccountStates } from './account-states.ts';
import { addExamples } from './add-examples.ts';
import type { CliContext } from './cli-context.ts';
import { addConfigOptions, argumentOf, type CommonOptions } from './command-options.ts';
import { KIND_HELP, parseKindArgument } from './kind-name.ts';
import { printJson } from './output.ts';
import { printResourceTable } from './resource-table.ts';
import { withStore } from './with-store.ts';

interface GetOptions extends Pick<CommonOptions, 'config' | 'set'> {
  readonly namespace?: NamespaceId;
  readonly output?: 'yaml' | 'json' | 'table';
}

export function addGet(program: Command, context: CliContext): void {
  const command = addConfigOptions(program.command('get'))
    .summary('show resources of one kind')
    .description(
      'Shows one resource, or those of a kind. YAML is what apply takes. JSON is the same, where service accounts carry a status beside: credentials (never a JWT), times, whether they are good.',
    )
    .argument('<kind>', `one of ${KIND_HELP}; in any case, one or many`, parseKindArgument)
    .argument('[id]', 'one resource (default: all)')
    .option(
      '--namespace <namespace>',
      'only those in this namespace and those below it',
      argumentOf(NamespaceId),
    )
    .addOption(
      new Option('-o, --output <format>', 'how to show it (default: yaml for one, table for many)').choices([
        'yaml',
        'json',
        'table',
      ]),
    )
    .action((kind: ResourceKind, id: string | undefined, options: GetOptions) =>
      get(context, kind, id, options),
    );
  addExamples(command, [
    ['sallyport get routes', 'all routes, as a table'],
    ['sallyport get policy readers', 'one policy, as apply takes it'],
    ['sallyport get sa --namespace team-a -o json', 'the service accounts of a team, with their status'],
  ]);
}

async function get(
  context: CliContext,
  kind: ResourceKind,
  id: string | undefined,
  options: GetOptions,
): Promise<void> {
  const output = options.output ?? (id === undefined ? 'table' : 'yaml');
  await withStore(context, options, async (store) => {
    const reader = new Reader(store);
    const resources = await select(reader, kind, id, options.namespace);
    if (output === 'yaml') return void context.stdout.write(formatResources(resources.map(resourceDocument)));
    const status = await readAccountStates(store, resources, context.clock());
    if (output === 'table') return printResourceTable(context.stdout, kind, resources, status);
    const described = resources.map((resource) => {
      const known = status.get(resource.spec.id);
      return {
        ...resourceDocument(resource),
        ...(resource.kind === 'ServiceAccount' && known && { status: known }),
      };
    });
    printJson(context.stdout, id === undefined ? described : described[0]);
  });
}

async function select(
  reader: Reader,
  kind: ResourceKind,
  id: string | undefined,
  namespace: NamespaceId | undefined,
): Promise<StoredResource[]> {
  if (id === undefined) return exportResources(reader, { kind, namespace });
  const found = namespace === undefined ? await findResource(reader, kind, id) : undefined;
  if (found) return [found];
  const known = await exportResources(reader, { kind, namespace });
  const within = known.filter(({ spec }) => spec.id === id);
  if (within.length === 0)
    throw new UnknownResource(
      kind,
      id,
      known.map(({ spec }) => spec.id),
    );
  return within;
}
