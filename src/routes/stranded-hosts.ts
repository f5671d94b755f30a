import type { NamespaceNode, NamespaceTree } from '../accounts/namespace-tree.ts';
import type { HostPattern } from './host-pattern-schema.ts';
import type { Route } from './route-schema.ts';

/**
 * Hosts of a route that another namespace owns. A route without hosts is for `*`, every host of its namespace, and is
 * stranded only if the namespace has none.
 */
export function strandedHosts(
  { hosts = ['*'] }: { readonly hosts?: readonly HostPattern[] | undefined },
  { hostOwner: holder }: NamespaceNode,
  tree: NamespaceTree,
): readonly HostPattern[] {
  return hosts.filter((host) => !holder || (host !== '*' && tree.hostOwnerOf(host) !== holder));
}

/** Why a stored route does not match on all of its hosts. Undefined if it does. */
export function strandedProblem(
  route: Route,
  namespace: NamespaceNode,
  tree: NamespaceTree,
): string | undefined {
  const { id, hostOwner: holder } = namespace;
  const hosts = holder?.isUngranted
    ? (route.hosts ?? holder.allowedHosts)
    : strandedHosts(route, namespace, tree);
  if (hosts.length === 0) return undefined;
  return route.hosts || holder
    ? `${hosts.join(', ')} ${hosts.length === 1 ? 'is' : 'are'} not granted to namespace ${id}: it is not matched there`
    : `no host is granted to namespace ${id}: it is matched only if Envoy names it`;
}
