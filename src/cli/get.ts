import { type Command, Option } from 'commander';
import { NamespaceId } from '../accounts/namespace-id.ts';
import type { ResourceKind } from '../manifests/resource.ts';
import { formatResources, resourceDocument } from '../manifests/resource-text.ts';
import { UnknownResource } from '../operations/export-resources.ts';
import { addExamples } from './add-examples.ts';
import type { TargetOptions } from './choose-server.ts';
import type { CliContext } from './cli-context.ts';
import { argumentOf } from './command-options.ts';
import { KIND_HELP, parseKindArgument } from './kind-name.ts';
import type { FoundResource, Operator } from './operator/operator.ts';
import { printJson } from './output.ts';
import { printResourceTable } from './resource-table.ts';
import { addTargetOptions } from './server-options.ts';
import { withOperator } from './with-operator.ts';

interface GetOptions extends TargetOptions {
  readonly namespace?: NamespaceId;
  readonly output?: 'yaml' | 'json' | 'table';
}

export function addGet(program: Command, context: CliContext): void {
  const command = addTargetOptions(program.command('get'))
    .summary('show resources of one kind')
    .description(
      'Shows one resource, or those of a kind. YAML is what apply takes. JSON is the same, where service accounts carry a status beside: credentials (never a JWT), times, whether they are good.',
    )
    .argument('<kind>', `one of ${KIND_HELP}; in any case, one or many`, parseKindArgument)
    .argument('[id]', 'one resource (default: all)')
    .option(
      '-n, --namespace <namespace>',
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
  const found = await withOperator(context, options, (operator) =>
    select(operator, kind, id, options.namespace, output !== 'yaml'),
  );
  const resources = found.map(({ resource }) => resource);
  if (output === 'yaml') return void context.stdout.write(formatResources(resources.map(resourceDocument)));
  if (output === 'table') return printResourceTable(context, kind, found);
  const described = found.map(({ resource, state }) => ({
    ...resourceDocument(resource),
    ...(state && { status: state }),
  }));
  printJson(context.stdout, id === undefined ? described : described[0]);
}

async function select(
  operator: Operator,
  kind: ResourceKind,
  id: string | undefined,
  namespace: NamespaceId | undefined,
  withState: boolean,
): Promise<readonly FoundResource[]> {
  if (id === undefined) return operator.listResources(kind, namespace, withState);
  const found = namespace === undefined ? await operator.findResource(kind, id, withState) : undefined;
  if (found) return [found];
  const known = await operator.listResources(kind, namespace, withState);
  const within = known.filter(({ resource }) => resource.spec.id === id);
  if (within.length === 0)
    throw new UnknownResource(
      kind,
      id,
      known.map(({ resource }) => resource.spec.id),
    );
  return within;
}
