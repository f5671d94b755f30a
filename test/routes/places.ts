import { Route } from '../../src/routes/route.ts';
import { type PlacedRoute, RouteTable } from '../../src/routes/route-table.ts';
import { nodeOf, type Sketch, treeOf } from '../accounts/namespaces.ts';

type RouteFields = Readonly<Record<string, unknown>> & { readonly namespace: string };

/** A namespace tree and routes in it, as a test writes them: `id: fields`. */
export function placesOf(sketch: Sketch, routes: Readonly<Record<string, RouteFields>>) {
  const tree = treeOf(sketch);
  const placed = Object.entries(routes).map(([id, fields]): PlacedRoute => {
    const route = Route.parse({ id, ...fields });
    return { route, namespace: nodeOf(tree, route.namespace), stamp: `${id}@1` };
  });
  return { tree, routes: RouteTable.build(tree, placed) };
}
