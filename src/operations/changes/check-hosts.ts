import type { NamespaceNode, NamespaceTree } from '../../accounts/namespace-tree.ts';
import { ofKind, type Resource } from '../../manifests/resource.ts';
import { type Grants, sees } from '../../roles/grants.ts';
import type { HostPattern } from '../../routes/host-pattern-schema.ts';
import type { Route } from '../../routes/route-schema.ts';
import { strandedHosts } from '../../routes/stranded-hosts.ts';
import type { ProposedChange, ReportProblem } from './proposed-change.ts';

/** A route that is written names only hosts that its namespace holds or shares. */
export function checkRouteHosts(
  resource: Resource<'Route'>,
  node: NamespaceNode,
  tree: NamespaceTree,
  grants: Grants,
  report: ReportProblem,
): void {
  const { hosts } = resource.spec;
  if (!hosts) return;
  const stranded = new Set(strandedHosts(resource.spec, node, tree));
  const { hostOwner } = node;
  const granted =
    hostOwner && !sees(grants, hostOwner.id)
      ? ''
      : `, which may use ${hostOwner?.allowedHosts.join(', ') || 'no host'}`;
  hosts.forEach((host, index) => {
    if (!stranded.has(host)) return;
    const owner = tree.hostOwnerOf(host);
    const held = sees(grants, owner.id) ? `; ${owner.id} holds it` : '';
    report(resource, `hosts[${index}]`, `${host} is not granted to namespace ${node.id}${granted}${held}`);
  });
}

/**
 * A change of namespaces takes no host away from a route that stays as it is. What was not granted before does not count,
 * so that it blocks no other change.
 */
export function checkStrandedRoutes(change: ProposedChange): void {
  const { written, removals, tree, nextTree, grants, report } = change;
  const [cause] = ofKind('Namespace', [...written, ...removals]);
  if (!cause) return;
  const rewritten = new Set<string>(ofKind('Route', written).map(({ spec }) => spec.id));
  for (const route of change.routes.values()) {
    if (rewritten.has(route.id)) continue;
    const left = usableHosts(route, nextTree);
    const lost = usableHosts(route, tree).filter((host) => !left.includes(host));
    if (lost.length === 0) continue;
    if (!sees(grants, route.namespace)) report(cause, '', 'would take hosts from another route');
    else
      report(
        cause,
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
