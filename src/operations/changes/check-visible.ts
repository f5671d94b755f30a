import { GLOBAL } from '../../accounts/namespace-id.ts';
import type { Resource, StoredResource } from '../../manifests/resource.ts';
import { type Grants, sees } from '../../roles/grants.ts';
import { forbidden, idTaken } from '../refusals.ts';

import { noNamespace } from './check-places.ts';
import type { Complain, Removal } from './next-places.ts';

/** Where a resource is, as far as who may see it goes. */
export function namespaceOf({ kind, spec }: StoredResource): string {
  switch (kind) {
    case 'Namespace':
      return spec.id;
    case 'Policy':
    case 'Route':
    case 'ServiceAccount':
    case 'RoleBinding':
      return spec.namespace;
    case 'DirectoryUser':
    case 'DirectoryGroup':
      return 'global';
    default:
      return kind satisfies never;
  }
}

function isDirectorys(
  resource: Resource,
): resource is Extract<Resource, { kind: 'DirectoryUser' | 'DirectoryGroup' }> {
  return resource.kind === 'DirectoryUser' || resource.kind === 'DirectoryGroup';
}

function isRoot({ kind, spec }: Removal): boolean {
  return kind === 'Namespace' && spec.id === GLOBAL;
}

/**
 * To its author, what they may not see is not there: said before anything else is checked, for what else is wrong would
 * give it away. Throws `OperationError`, `OperationError`.
 */
export function checkVisible(
  resources: readonly Resource[],
  removals: readonly Removal[],
  before: ReadonlyMap<Removal, StoredResource | undefined>,
  grants: Grants,
  complain: Complain,
): void {
  const hidden = (subject: Removal) => {
    const current = before.get(subject);
    return current !== undefined && !sees(grants, namespaceOf(current));
  };
  for (const resource of resources) {
    // The directory is global's: to everybody else each user looks the same, there or not.
    if (isDirectorys(resource) && !sees(grants, GLOBAL))
      throw forbidden(`writing ${resource.kind} ${resource.spec.id}`, 'admin', 'above it');
    if (hidden(resource)) throw idTaken(resource.kind, resource.spec.id);
    if (resource.kind === 'Namespace') {
      const { parent } = resource.spec;
      const current = before.get(resource);
      const stays = current?.kind === 'Namespace' && current.spec.parent === parent;
      if (parent !== undefined && !stays && !sees(grants, parent))
        complain(resource, 'parent', `${parent} is no namespace, or there is no way from it up to global`);
    } else if (!isDirectorys(resource) && !sees(grants, resource.spec.namespace))
      complain(resource, 'namespace', noNamespace(resource.spec.namespace));
  }
  for (const removal of removals)
    if (isRoot(removal) ? !sees(grants, GLOBAL) : before.get(removal) === undefined || hidden(removal))
      complain(removal, '', 'there is none of that id');
}
