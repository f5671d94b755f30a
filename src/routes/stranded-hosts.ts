import type { NamespaceNode, NamespaceTree } from '../accounts/namespace-tree.ts';
import type { HostPattern } from './host-pattern-schema.ts';
import type { Route } from './route-schema.ts';

/**
 * Hosts of a route that another namespace owns. A route without hosts is for `*`, every host of its namespace, and is
 * stranded only if the namespace has none.
 */
export function strandedHosts(
  { hosts = ['*'] }: { readonly hosts?: readonly HostPattern[] | undefined },
  { hostOwner: owner }: NamespaceNode,
  tree: NamespaceTree,
): readonly HostPattern[] {
  return hosts.filter((host) => !owner || (host !== '*' && tree.hostOwnerOf(host) !== owner));
}

/** Why a stored route does not match on all of its hosts. Undefined if it does. */
export function strandedProblem(
  route: Route,
  namespace: NamespaceNode,
  tree: NamespaceTree,
): string | undefined {
  const { id, hostOwner: owner } = namespace;
  const hosts = owner?.isUngranted
    ? (route.hosts ?? owner.allowedHosts)
    : strandedHosts(route, namespace, tree);
  if (hosts.length === 0) return undefined;
  return route.hosts || owner
    ? `${hosts.join(', ')} ${hosts.length === 1 ? 'is' : 'are'} not granted to namespace ${id}: it is not matched there`
    : `no host is granted to namespace ${id}: it is matched only if Envoy names it`;
}
