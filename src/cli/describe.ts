import type { Command } from 'commander';
import { GLOBAL } from '../accounts/namespace-id.ts';
import type { Client } from '../client/client.ts';
import { OPERATIONS } from '../contract/contract.ts';
import type { ResourceKind, SpecOf, StoredResource } from '../manifests/resource.ts';
import { formatResource, resourceDocument } from '../manifests/resource-text.ts';
import { addExamples } from './add-examples.ts';
import type { CliContext } from './cli-context.ts';
import { KIND_HELP, parseKindArgument } from './kind-name.ts';
import { printJson } from './output.ts';
import { printFields, printTable } from './print-table.ts';
import { type FoundResource, listResources, requireResource } from './read-resources.ts';
import { time, word } from './screen.ts';
import { addOperatorOptions, type OperatorOptions } from './server-options.ts';
import { withClient } from './with-client.ts';

/** Changes that are shown. */
const LATEST = 10;

/** What belongs to a resource: a title, and the resources by name. */
interface Related {
  readonly title: string;
  readonly names: readonly string[];
}

export function addDescribe(program: Command, context: CliContext): void {
  const command = addOperatorOptions(program.command('describe'))
    .summary('show a resource with what belongs to it, and who changed it')
    .description(
      'Shows the resource as apply takes it, the resources that it names or that name it, and its latest changes.',
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
  switch (resource.kind) {
    case 'Namespace': {
      const { id } = resource.spec;
      const inside = async (kind: 'Policy' | 'Route' | 'ServiceAccount') =>
        namesOf(
          await listResources(client, kind, id),
          ({ spec }) => 'namespace' in spec && spec.namespace === id,
        );
      const namespaces = await listResources(client, 'Namespace', undefined);
      return [
        {
          title: 'Namespaces below',
          names: namesOf(namespaces, ({ spec }) => 'parent' in spec && spec.parent === id),
        },
        { title: 'Policies', names: await inside('Policy') },
        { title: 'Routes', names: await inside('Route') },
        { title: 'Service accounts', names: await inside('ServiceAccount') },
      ];
    }
    case 'Policy': {
      const { id, namespace, enforced } = resource.spec;
      const routes = await listResources(client, 'Route', namespace);
      const namespaces = await listResources(client, 'Namespace', namespace);
      return [
        {
          title: 'Routes',
          names: namesOf(routes, ({ kind, spec }) => kind === 'Route' && named(spec.policies, id)),
        },
        {
          title: 'Default policy of',
          names: namesOf(
            namespaces,
            ({ kind, spec }) => kind === 'Namespace' && named(spec.default_policies, id),
          ),
        },
        { title: 'Enforced in', names: enforced ? [`${namespace} and below`] : [] },
      ];
    }
    case 'Route':
      return [{ title: 'Enforced policies', names: await enforcedAbove(client, resource.spec) }];
    case 'ServiceAccount': {
      const { id, namespace } = resource.spec;
      return [{ title: 'Roles', names: await rolesOf(client, id, namespace) }];
    }
    case 'DirectoryGroup': {
      const users = await listResources(client, 'DirectoryUser', undefined);
      const { id } = resource.spec;
      return [
        {
          title: 'Members',
          names: namesOf(users, ({ kind, spec }) => kind === 'DirectoryUser' && named(spec.groups, id)),
        },
      ];
    }
    case 'DirectoryUser': {
      const accounts = await listResources(client, 'ServiceAccount', undefined);
      const { id } = resource.spec;
      return [
        {
          title: 'Service accounts',
          names: namesOf(accounts, ({ kind, spec }) => kind === 'ServiceAccount' && spec.impersonate === id),
        },
      ];
    }
    default:
      return [];
  }
}

async function enforcedAbove(client: Client, { namespace }: SpecOf<'Route'>): Promise<string[]> {
  const parents = new Map<string, string | undefined>();
  for (const { resource } of await listResources(client, 'Namespace', undefined))
    if (resource.kind === 'Namespace') parents.set(resource.spec.id, resource.spec.parent);
  const above = new Set<string>([GLOBAL]);
  for (let at: string | undefined = namespace; at !== undefined && !above.has(at); at = parents.get(at))
    above.add(at);
  const policies = await listResources(client, 'Policy', undefined);
  return namesOf(
    policies,
    ({ kind, spec }) => kind === 'Policy' && spec.enforced && above.has(spec.namespace),
  );
}

async function rolesOf(client: Client, account: string, namespace: SpecOf<'ServiceAccount'>['namespace']) {
  const bindings = await listResources(client, 'RoleBinding', namespace);
  return bindings.flatMap(({ resource }) =>
    resource.kind === 'RoleBinding' && resource.spec.account === account
      ? [`${resource.spec.role} in ${resource.spec.namespace}`]
      : [],
  );
}

function named(ids: readonly string[], id: string): boolean {
  return ids.includes(id);
}

function namesOf(
  found: readonly FoundResource[],
  isRelated: (resource: StoredResource) => boolean,
): string[] {
  return found.flatMap(({ resource }) => (isRelated(resource) ? [resource.spec.id] : []));
}
