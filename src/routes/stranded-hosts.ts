import type { NamespaceNode, NamespaceTree } from '../accounts/namespace-tree.ts';
import type { HostPattern } from './host-pattern-schema.ts';
import type { Route } from './route-schema.ts';

/**
 * Hosts of a route that its namespace may not use, because another namespace holds them. A route without hosts counts as
 * one for `*`: every host that its namespace may use, so that it is stranded only where there is none.
 */
export function strandedHosts(
  { hosts = ['*'] }: { readonly hosts?: readonly HostPattern[] | undefined },
  { hostOwner: holder }: NamespaceNode,
  tree: NamespaceTree,
): readonly HostPattern[] {
  return hosts.filter((host) => !holder || (host !== '*' && tree.hostOwnerOf(host) !== holder));
}

/** What the operator should know of a stored route that can't be matched on all hosts that it names. */
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
