import { ofKind } from '../../manifests/resource.ts';
import { sees } from '../../roles/grants.ts';
import { RegexBudget } from '../../routes/regex-budgets.ts';
import { estimateRegexCost } from '../../routes/regex-cost.ts';
import type { Route } from '../../routes/route-schema.ts';
import { type ProposedChange, refsByName } from './proposed-change.ts';

/**
 * The regular expressions on the hosts of each namespace stay within what one request may cost. Those that stand already
 * come first, so that the problem is reported for the one that is new.
 */
export function checkRegexes(change: ProposedChange): void {
  const { written, moved, nextTree, grants, report } = change;
  const own = refsByName(ofKind('Route', written));
  const [mover] = moved;
  // A route without hosts to match on is kept beside those of `global`.
  const ownerOf = ({ namespace }: Pick<Route, 'namespace'>) =>
    nextTree.nodes.get(namespace)?.hostOwner ?? nextTree.root;
  const concerned = new Set(Array.from(own.values(), ({ spec }) => ownerOf(spec)));
  const routes = [...change.routes.values()].filter((route) => mover || concerned.has(ownerOf(route)));
  const isOwn = ({ id }: Route) => Number(own.has(`Route ${id}`));
  routes.sort((a, b) => isOwn(a) - isOwn(b));
  const budgets = new Map<unknown, RegexBudget>();
  for (const route of routes) {
    const { path } = route;
    if (!path || !('regex' in path)) continue;
    const owner = ownerOf(route);
    const budget = budgets.get(owner) ?? new RegexBudget();
    budgets.set(owner, budget);
    const problem = budget.add(path.regex, estimateRegexCost(path.regex));
    if (problem === undefined) continue;
    const resource = own.get(`Route ${route.id}`);
    if (resource) report(resource, 'path.regex', problem);
    else if (mover && sees(grants, route.namespace))
      report(mover, '', `would break route ${route.id}: path.regex: ${problem}`);
    else if (mover) report(mover, '', `would break another route: path.regex: ${problem}`);
  }
}
