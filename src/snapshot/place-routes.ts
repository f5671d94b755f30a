import type { NamespaceTree } from '../accounts/namespace-tree.ts';
import type { DamagedRoute, PlacedRoute } from '../routes/route-table.ts';
import type { LoadedRoute } from './load-records.ts';

/** Orders routes by their claim to a host and path: the highest namespace first, then by id. */
export function* placeRoutes(
  loaded: ReadonlyMap<string, LoadedRoute>,
  tree: NamespaceTree,
  served: NamespaceTree,
): Generator<void, { placed: PlacedRoute[]; damaged: DamagedRoute[] }> {
  const byDepth: PlacedRoute[][] = [];
  const damaged: DamagedRoute[] = [];
  for (const [id, each] of loaded) {
    yield;
    const name = 'route' in each ? each.route.namespace : each.namespace;
    const namespace = name === undefined ? undefined : tree.nodes.get(name);
    if (!('route' in each)) damaged.push({ id, namespace, hosts: each.hosts, problem: each.problem });
    else if (!namespace)
      damaged.push({ id, namespace, hosts: each.route.hosts, problem: `there is no namespace ${name}` });
    else {
      const inside = served.nodes.has(namespace.id);
      const level = byDepth[namespace.depth] ?? [];
      byDepth[namespace.depth] = level;
      level.push({
        route: each.route,
        namespace,
        version: `${id}@${each.revision}`,
        ...(!inside && { outside: true }),
      });
    }
  }
  for (const level of byDepth) {
    yield;
    level?.sort((a, b) => (a.route.id < b.route.id ? -1 : 1));
  }
  yield;
  return { placed: byDepth.flatMap((level) => level ?? []), damaged };
}
