import { userNameOf } from '../accounts/directory-schema.ts';
import type { ResourceKind } from '../manifests/resource.ts';
import type { Route } from '../routes/route-schema.ts';
import { printTable } from './print-table.ts';
import type { FoundResource } from './read-resources.ts';
import { type Cell, expiry, type Screen, time, word } from './screen.ts';

const HEADS: Readonly<Record<ResourceKind, readonly string[]>> = {
  Namespace: ['ID', 'PARENT', 'HOSTS', 'DEFAULT POLICIES', 'ENFORCEMENT', 'NAME'],
  DirectoryGroup: ['ID', 'NAME'],
  DirectoryUser: ['ID', 'USER NAME', 'EMAIL', 'NAME', 'GROUPS', 'ACTIVE'],
  Policy: ['ID', 'NAMESPACE', 'MODE', 'ENFORCED', 'NAME'],
  Route: ['ID', 'NAMESPACE', 'HOSTS', 'PATH', 'POLICIES'],
  ServiceAccount: ['ID', 'NAMESPACE', 'USER ID', 'STATUS', 'EXPIRES', 'LAST USED', 'DESCRIPTION'],
  RoleBinding: ['ID', 'ACCOUNT', 'ROLE', 'NAMESPACE', 'DESCRIPTION'],
};

export function printResourceTable(
  screen: Screen,
  kind: ResourceKind,
  found: readonly FoundResource[],
): void {
  printTable(screen, HEADS[kind], found.map(row));
}

function row({ resource, state }: FoundResource): Cell[] {
  switch (resource.kind) {
    case 'Namespace': {
      const { id, parent = '', hosts, default_policies, enforcement = '', name } = resource.spec;
      return [id, parent, hosts?.join(', ') ?? '', default_policies.join(', '), enforcement, name];
    }
    case 'DirectoryGroup':
      return [resource.spec.id, resource.spec.name];
    case 'DirectoryUser': {
      const { id, email, name, groups, active, deleted } = resource.spec;
      const state = deleted ? 'deleted' : active ? 'yes' : 'no';
      return [id, userNameOf(resource.spec), email, name, groups.join(', '), state];
    }
    case 'Policy': {
      const { id, namespace, mode, enforced, name } = resource.spec;
      return [id, namespace, mode, enforced ? 'yes' : 'no', name];
    }
    case 'Route': {
      const { id, namespace, hosts, path, policies } = resource.spec;
      return [id, namespace, hosts?.join(', ') ?? 'any', describePath(path), policies.join(', ')];
    }
    case 'ServiceAccount': {
      const { id, namespace, user_id, impersonate, expires_at, description } = resource.spec;
      return [
        id,
        namespace,
        user_id ?? impersonate ?? '',
        word(state?.status ?? ''),
        expiry(expires_at),
        time(state?.last_used_at),
        description,
      ];
    }
    case 'RoleBinding': {
      const { id, account, role, namespace, description } = resource.spec;
      return [id, account, role, namespace, description];
    }
    default:
      return resource satisfies never;
  }
}

function describePath(path: Route['path']): string {
  if (path === undefined) return 'any';
  if ('exact' in path) return `exact ${path.exact}`;
  return 'prefix' in path ? `prefix ${path.prefix}` : `regex ${path.regex}`;
}
