import type { NamespaceTree } from '../../accounts/namespace-tree.ts';
import type { Resource } from '../../manifests/resource.ts';
import { type Grants, sees } from '../../roles/grants.ts';
import { RegexBudget } from '../../routes/regex-budgets.ts';
import { estimateRegexCost } from '../../routes/regex-cost.ts';
import type { Route } from '../../routes/route-schema.ts';
import type { Complain, NextPlaces, Subject } from './next-places.ts';

/**
 * The regular expressions on the hosts of each namespace stay within what one request may cost. Those that stand already
 * come first, so that the complaint goes to the one that is new.
 * @param moved namespaces whose hosts or place change, and with them whose hosts the routes below are on
 */
export function checkRegexes(
  written: readonly Resource[],
  moved: readonly Subject[],
  places: NextPlaces,
  tree: NamespaceTree,
  grants: Grants,
  complain: Complain,
): void {
  const own = new Map<string, Subject>(
    written.flatMap((resource) => (resource.kind === 'Route' ? [[resource.spec.id, resource]] : [])),
  );
  const [mover] = moved;
  // A route without hosts to match on is kept beside those of `global`.
  const holderOf = ({ namespace }: Route) => tree.nodes.get(namespace)?.hostOwner ?? tree.root;
  const concerned = new Set(
    written.flatMap((resource) => (resource.kind === 'Route' ? [holderOf(resource.spec)] : [])),
  );
  const routes = [...places.routes.values()].filter((route) => mover || concerned.has(holderOf(route)));
  routes.sort((a, b) => Number(own.has(a.id)) - Number(own.has(b.id)));
  const budgets = new Map<unknown, RegexBudget>();
  for (const route of routes) {
    const { path } = route;
    if (!path || !('regex' in path)) continue;
    const holder = holderOf(route);
    const budget = budgets.get(holder) ?? new RegexBudget();
    budgets.set(holder, budget);
    const problem = budget.add(path.regex, estimateRegexCost(path.regex));
    if (problem === undefined) continue;
    const resource = own.get(route.id);
    if (resource) complain(resource, 'path.regex', problem);
    else if (mover && sees(grants, route.namespace))
      complain(mover, '', `would break route ${route.id}: path.regex: ${problem}`);
    else if (mover) complain(mover, '', `would break another route: path.regex: ${problem}`);
  }
}
