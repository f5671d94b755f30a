import { buildNamespaceTreeInSteps, type NamespaceTree } from '../../src/accounts/namespace-tree.ts';
import { Route } from '../../src/routes/route-schema.ts';
import { type PlacedRoute, RouteTable } from '../../src/routes/route-table.ts';
import { runSteps } from '../../src/snapshot/run-steps.ts';
import { namespacesOf, nodeOf, type Sketch, treeOf } from '../support/namespaces.ts';

type RouteFields = Readonly<Record<string, unknown>> & { readonly namespace: string };

/** A namespace tree and routes in it, as a test writes them: `id: fields`. */
export function placesOf(sketch: Sketch, routes: Readonly<Record<string, RouteFields>>) {
  return placedIn(treeOf(sketch), routes);
}

/** The same as a store may hold it, with grants that were never the parent's to give. */
export function storedPlacesOf(sketch: Sketch, routes: Readonly<Record<string, RouteFields>>) {
  return placedIn(runSteps(buildNamespaceTreeInSteps(namespacesOf(sketch), new Map())).tree, routes);
}

function placedIn(tree: NamespaceTree, routes: Readonly<Record<string, RouteFields>>) {
  const placed = Object.entries(routes).map(([id, fields]): PlacedRoute => {
    const route = Route.parse({ id, ...fields });
    return { route, namespace: nodeOf(tree, route.namespace), version: `${id}@1` };
  });
  return { tree, routes: runSteps(RouteTable.buildInSteps(tree, placed)) };
}
