import type { Command } from 'commander';
import { GLOBAL, type NamespaceId } from '../accounts/namespace-id.ts';
import type { Client } from '../client/client.ts';
import { OPERATIONS } from '../contract/contract.ts';
import { ofKind, type ResourceKind, type StoredResource } from '../manifests/resource.ts';
import { formatResource, resourceDocument } from '../manifests/resource-text.ts';
import { addExamples } from './add-examples.ts';
import type { CliContext } from './cli-context.ts';
import { KIND_HELP, parseKindArgument } from './kind-name.ts';
import { printJson } from './output.ts';
import { printFields, printTable } from './print-table.ts';
import { listResources, requireResource } from './read-resources.ts';
import { time, word } from './screen.ts';
import { addOperatorOptions, type OperatorOptions } from './server-options.ts';
import { withClient } from './with-client.ts';

/** Number of changes shown. */
const LATEST = 10;

/** Related resources under a title. */
interface Related {
  readonly title: string;
  readonly names: readonly string[];
}

export function addDescribe(program: Command, context: CliContext): void {
  const command = addOperatorOptions(program.command('describe'))
    .summary('show a resource, its related resources and who changed it')
    .description(
      'Shows the resource as YAML for apply, the resources that it names or that name it, and its latest changes.',
    )
    .argument('<kind>', `one of ${KIND_HELP}; in any case, one or many`, parseKindArgument)
    .argument('<id>', 'the resource')
    .action((kind: ResourceKind, id: string, options: OperatorOptions) =>
      describe(context, kind, id, options),
    );
  addExamples(command, [['sallyport describe policy readers', 'a policy, and the routes that name it']]);
}

async function describe(
  context: CliContext,
  kind: ResourceKind,
  id: string,
  options: OperatorOptions,
): Promise<void> {
  const { found, related, changes } = await withClient(context, options, async (client) => {
    const found = await requireResource(client, kind, id);
    const { items } = await client.call(OPERATIONS.activity.list, {
      query: { entity: id, kind, limit: LATEST },
    });
    return { found, related: await relatedTo(client, found.resource), changes: items };
  });
  const { resource, state } = found;
  const document = resourceDocument(resource);
  if (options.output === 'json')
    return printJson(context.stdout, {
      resource: document,
      ...(state && { status: state }),
      related: Object.fromEntries(related.map(({ title, names }) => [title, names])),
      activity: changes,
    });
  const { stdout } = context;
  stdout.write(formatResource(document));
  if (state) {
    stdout.write('\n');
    printFields(context, [
      ['Status', word(state.status)],
      ['Created', time(state.created_at)],
      ['Last used', time(state.last_used_at)],
      ['Credentials', (state.credentials ?? []).map(({ id, status }) => `${id} (${status})`).join(', ')],
    ]);
  }
  stdout.write('\n');
  printFields(
    context,
    related.map(({ title, names }) => [title, names.join(', ') || 'none'] as const),
  );
  stdout.write('\n');
  printTable(
    context,
    ['CHANGED', 'WHO', 'ACTION'],
    changes.map(({ at, author, action }) => [
      time(at),
      author.kind === 'account' ? author.account : `${author.user}@${author.host}`,
      action,
    ]),
  );
}

async function relatedTo(client: Client, resource: StoredResource): Promise<Related[]> {
  const idsOf = async <K extends ResourceKind>(
    kind: K,
    namespace: NamespaceId | undefined,
    isRelated: (resource: StoredResource & { readonly kind: K }) => boolean,
  ) => (await readAll(client, kind, namespace)).filter(isRelated).map(({ spec }) => spec.id);
  switch (resource.kind) {
    case 'Namespace': {
      const { id } = resource.spec;
      const inside = (kind: 'Policy' | 'Route' | 'ServiceAccount') =>
        idsOf(kind, id, ({ spec }) => spec.namespace === id);
      return [
        {
          title: 'Namespaces below',
          names: await idsOf('Namespace', undefined, ({ spec }) => spec.parent === id),
        },
        { title: 'Policies', names: await inside('Policy') },
        { title: 'Routes', names: await inside('Route') },
        { title: 'Service accounts', names: await inside('ServiceAccount') },
      ];
    }
    case 'Policy': {
      const { id, namespace, enforced } = resource.spec;
      return [
        {
          title: 'Routes',
          names: await idsOf('Route', namespace, ({ spec }) => spec.policies.includes(id)),
        },
        {
          title: 'Default policy of',
          names: await idsOf('Namespace', namespace, ({ spec }) => spec.default_policies.includes(id)),
        },
        { title: 'Enforced in', names: enforced ? [`${namespace} and below`] : [] },
      ];
    }
    case 'Route': {
      const above = await namespacesFrom(client, resource.spec.namespace);
      const isEnforced = ({ spec }: StoredResource<'Policy'>) => spec.enforced && above.has(spec.namespace);
      return [{ title: 'Enforced policies', names: await idsOf('Policy', undefined, isEnforced) }];
    }
    case 'ServiceAccount': {
      const { id, namespace } = resource.spec;
      const bindings = await readAll(client, 'RoleBinding', namespace);
      const names = bindings
        .filter(({ spec }) => spec.account === id)
        .map(({ spec }) => `${spec.role} in ${spec.namespace}`);
      return [{ title: 'Roles', names }];
    }
    case 'DirectoryGroup': {
      const { id } = resource.spec;
      const isMember = ({ spec }: StoredResource<'DirectoryUser'>) => spec.groups.includes(id);
      return [{ title: 'Members', names: await idsOf('DirectoryUser', undefined, isMember) }];
    }
    case 'DirectoryUser': {
      const { id } = resource.spec;
      const impersonates = ({ spec }: StoredResource<'ServiceAccount'>) => spec.impersonate === id;
      return [{ title: 'Service accounts', names: await idsOf('ServiceAccount', undefined, impersonates) }];
    }
    default:
      return [];
  }
}

async function readAll<K extends ResourceKind>(client: Client, kind: K, namespace: NamespaceId | undefined) {
  const found = await listResources(client, kind, namespace);
  return ofKind(
    kind,
    found.map(({ resource }) => resource),
  );
}

/** The namespace and those above it. */
async function namespacesFrom(client: Client, namespace: NamespaceId): Promise<ReadonlySet<string>> {
  const namespaces = await readAll(client, 'Namespace', undefined);
  const parents = new Map<string, string | undefined>(namespaces.map(({ spec }) => [spec.id, spec.parent]));
  const above = new Set<string>([GLOBAL]);
  for (let at: string | undefined = namespace; at !== undefined && !above.has(at); at = parents.get(at))
    above.add(at);
  return above;
}
