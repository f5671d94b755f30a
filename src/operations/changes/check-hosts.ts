import type { NamespaceNode, NamespaceTree } from '../../accounts/namespace-tree.ts';
import type { Resource } from '../../manifests/resource.ts';
import { type Grants, sees } from '../../roles/grants.ts';
import type { HostPattern } from '../../routes/host-pattern-schema.ts';
import type { Route } from '../../routes/route-schema.ts';
import { strandedHosts } from '../../routes/stranded-hosts.ts';
import type { Complain, NextPlaces, Subject } from './next-places.ts';

/** A route that is written names only hosts that its namespace holds or shares. */
export function checkRouteHosts(
  resource: Extract<Resource, { kind: 'Route' }>,
  node: NamespaceNode,
  tree: NamespaceTree,
  grants: Grants,
  complain: Complain,
): void {
  const { hosts } = resource.spec;
  if (!hosts) return;
  const stranded = new Set(strandedHosts(resource.spec, node, tree));
  const { hostOwner: holder } = node;
  const granted =
    holder && !sees(grants, holder.id)
      ? ''
      : `, which may use ${holder?.allowedHosts.join(', ') || 'no host'}`;
  hosts.forEach((host, index) => {
    if (!stranded.has(host)) return;
    const owner = tree.hostOwnerOf(host);
    const held = sees(grants, owner.id) ? `; ${owner.id} holds it` : '';
    complain(resource, `hosts[${index}]`, `${host} is not granted to namespace ${node.id}${granted}${held}`);
  });
}

/**
 * A change of namespaces takes no host away from a route that stays as it is. What was not granted before does not count,
 * so that it blocks no other change.
 * @param movers namespaces that are written or deleted
 */
export function checkStrandedRoutes(
  movers: readonly Subject[],
  written: readonly Resource[],
  stood: NamespaceTree,
  { routes }: Pick<NextPlaces, 'routes'>,
  tree: NamespaceTree,
  grants: Grants,
  complain: Complain,
): void {
  const [mover] = movers;
  if (!mover) return;
  const rewritten = new Set(written.flatMap(({ kind, spec }) => (kind === 'Route' ? [spec.id] : [])));
  for (const route of routes.values()) {
    if (rewritten.has(route.id)) continue;
    const lost = usableHosts(route, stood).filter((host) => !usableHosts(route, tree).includes(host));
    if (lost.length === 0) continue;
    if (!sees(grants, route.namespace)) complain(mover, '', 'would take hosts from another route');
    else
      complain(
        mover,
        '',
        `would take ${lost.map(nameOf).join(', ')} from route ${route.id} of namespace ${route.namespace}: change or delete the route too`,
      );
  }
}

function usableHosts(route: Route, tree: NamespaceTree): HostPattern[] {
  const node = tree.nodes.get(route.namespace);
  if (!node) return [];
  const stranded = new Set(strandedHosts(route, node, tree));
  return (route.hosts ?? ['*']).filter(
    (host) => !stranded.has(host) && (host !== '*' || node.hostOwner?.allowedHosts.length !== 0),
  );
}

function nameOf(host: HostPattern): string {
  return host === '*' ? 'every host' : host;
}
