import { ofKind, type Resource } from '../../manifests/resource.ts';
import { sees } from '../../roles/grants.ts';
import type { Route } from '../../routes/route-schema.ts';
import { unmatchablePath } from '../../routes/unmatchable-path.ts';
import { takeTurns } from '../../snapshot/run-steps.ts';
import { checkRouteHosts } from './check-hosts.ts';
import { noNamespace, type ProposedChange, refsByName } from './proposed-change.ts';

/** A written route is in a namespace whose hosts it names, with a path that can match. */
export function checkRoute(route: Resource<'Route'>, { nextTree, grants, report }: ProposedChange): void {
  const { namespace, path } = route.spec;
  // One that is stored already stays as it is, and matches nothing.
  const unmatchable = path && unmatchablePath(path, route.spec);
  if (path && unmatchable !== undefined) report(route, `path.${Object.keys(path)[0]}`, unmatchable);
  const node = nextTree.nodes.get(namespace);
  if (node) checkRouteHosts(route, node, nextTree, grants, report);
  else report(route, 'namespace', noNamespace(namespace));
}

/** No two routes claim the same path on the same hosts, because which one matches would be arbitrary. */
export async function checkClaims({
  written,
  routes: next,
  nextTree,
  grants,
  report,
}: ProposedChange): Promise<void> {
  const turn = takeTurns();
  const claims = new Map<string, Route>();
  const own = refsByName(ofKind('Route', written));
  // Those that stand already come first, so that the problem is reported for the one that is new.
  const isOwn = ({ id }: Route) => Number(own.has(`Route ${id}`));
  const all = [...next.values()].sort((a, b) => isOwn(a) - isOwn(b));
  for (const route of all) {
    await turn();
    const owner = nextTree.nodes.get(route.namespace)?.hostOwner?.id;
    // Without a host to match on, a route takes nothing from another.
    if (owner === undefined) continue;
    for (const host of route.hosts ?? ['*']) {
      const claim = JSON.stringify([owner, host, claimedPath(route)]);
      const other = claims.get(claim);
      if (!other) claims.set(claim, route);
      else if (other.id !== route.id) {
        const resource = own.get(`Route ${route.id}`);
        if (resource)
          report(
            resource,
            'path',
            `${sees(grants, other.namespace) ? `route ${other.id}` : 'another route'} has the same path on ${host === '*' ? 'the same hosts' : host}`,
          );
      }
    }
  }
}

/** The path as routes match it: a prefix is the same with and without a slash at its end. */
function claimedPath({ path }: Route): Route['path'] | null {
  return path && 'prefix' in path ? { prefix: path.prefix.replace(/\/$/, '') } : (path ?? null);
}
