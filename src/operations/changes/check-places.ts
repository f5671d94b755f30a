import type { NamespaceId } from '../../accounts/namespace-id.ts';
import type { Namespace } from '../../accounts/namespace-schema.ts';
import {
  ancestors,
  buildNamespaceTree,
  MAX_NAMESPACE_DEPTH,
  type NamespaceNode,
  type NamespaceTree,
} from '../../accounts/namespace-tree.ts';
import type { ReportProgress } from '../../manifests/report-progress.ts';
import type { Resource, StoredResource } from '../../manifests/resource.ts';
import { compilePolicy } from '../../policy/compile-policy.ts';
import { PolicyError } from '../../policy/policy-error.ts';
import { type Grants, sees } from '../../roles/grants.ts';
import type { Route } from '../../routes/route-schema.ts';
import { unmatchablePath } from '../../routes/unmatchable-path.ts';
import { takeTurns } from '../../snapshot/run-steps.ts';
import { checkRouteHosts, checkStrandedRoutes } from './check-hosts.ts';
import { checkPolicyCosts } from './check-policy-costs.ts';
import { checkRegexes } from './check-regexes.ts';
import type { Complain, NextPlaces, Removal, Subject } from './next-places.ts';

/**
 * Checks namespaces, policies and routes as they would be together: one tree, hosts given level by level, policies that
 * load, references that hold.
 * @param written those that change
 * @param moved of these the namespaces whose hosts or place change
 * @param current what each of them is now
 * @param stood the namespaces before; what was wrong with them then blocks no change
 */
export async function checkPlaces(
  written: readonly Resource[],
  moved: readonly Subject[],
  removals: readonly Removal[],
  current: ReadonlyMap<Removal, StoredResource | undefined>,
  places: NextPlaces,
  stood: ReadonlyMap<string, Namespace>,
  grants: Grants,
  complain: Complain,
  pace: ReportProgress,
): Promise<void> {
  const { tree, problems: all } = buildNamespaceTree(places.namespaces.values());
  const movers = [...written, ...removals].filter(({ kind }) => kind === 'Namespace');
  const before = movers.length > 0 ? buildNamespaceTree(stood.values()) : { tree, problems: all };
  const known = new Set(before.problems.map((problem) => JSON.stringify(problem)));
  const problems = all.filter((problem) => !known.has(JSON.stringify(problem)));
  const namespaces = new Map(
    written.flatMap((resource) => (resource.kind === 'Namespace' ? [[resource.spec.id, resource]] : [])),
  );
  const [culprit] = movers;
  for (const { id, field, problem, names } of problems) {
    const own = namespaces.get(id);
    const told = names === undefined || sees(grants, names) ? problem : 'one of them is not to be had here';
    if (own) complain(own, field, told);
    else if (culprit && sees(grants, id))
      complain(culprit, '', `would break namespace ${id}: ${field}: ${told}`);
    else if (culprit) complain(culprit, '', 'would break another namespace');
  }

  checkDepth(moved, written, tree, complain);
  for (const [index, resource] of written.entries()) {
    await pace('check', index, written.length);
    if (resource.kind === 'Policy') checkPolicy(resource, tree, complain);
    else if (resource.kind === 'Route') checkRoute(resource, tree, grants, complain);
  }
  if (problems.length === 0) {
    checkStrandedRoutes(movers, written, before.tree, places, tree, grants, complain);
    await checkReferences([...written, ...removals], current, places, tree, grants, complain);
  }
  await checkClaims(written, places, tree, grants, complain);
  checkRegexes(written, moved, places, tree, grants, complain);
  await checkPolicyCosts(written, moved, places, tree, grants, complain, pace);
}

function checkDepth(
  moved: readonly Subject[],
  written: readonly Resource[],
  tree: NamespaceTree,
  complain: Complain,
): void {
  const changed = [...moved, ...written.filter(({ kind }) => kind === 'Namespace')];
  if (changed.length === 0) return;
  let deepest: NamespaceNode | undefined;
  for (const node of tree.nodes.values()) if (node.depth > MAX_NAMESPACE_DEPTH) deepest ??= node;
  if (!deepest) return;
  const above = new Set<string>([...ancestors(deepest)].map(({ id }) => id));
  const culprit = changed.find(({ spec }) => above.has(spec.id));
  if (culprit)
    complain(culprit, 'parent', `expected at most ${MAX_NAMESPACE_DEPTH} levels of namespaces below global`);
}

type Written<K extends Resource['kind']> = Extract<Resource, { kind: K }>;

function checkPolicy(resource: Written<'Policy'>, tree: NamespaceTree, complain: Complain): void {
  const { namespace, ppl } = resource.spec;
  if (!tree.nodes.has(namespace)) complain(resource, 'namespace', noNamespace(namespace));
  try {
    compilePolicy(ppl);
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    for (const { path, line, column, message } of error.problems) {
      const place =
        typeof ppl === 'string' && line !== undefined ? ` (line ${line}, column ${column} of ppl)` : '';
      complain(resource, path === '' ? 'ppl' : `ppl.${path}`, `${message}${place}`);
    }
  }
}

function checkRoute(
  resource: Written<'Route'>,
  tree: NamespaceTree,
  grants: Grants,
  complain: Complain,
): void {
  const { namespace, path } = resource.spec;
  // One that is stored already stays as it is, and matches nothing.
  const unmatchable = path && unmatchablePath(path, resource.spec);
  if (path && unmatchable !== undefined) complain(resource, `path.${Object.keys(path)[0]}`, unmatchable);
  const node = tree.nodes.get(namespace);
  if (node) checkRouteHosts(resource, node, tree, grants, complain);
  else complain(resource, 'namespace', noNamespace(namespace));
}

/** Every policy that a route or namespace names exists, in its own namespace or one above. */
async function checkReferences(
  changed: readonly Subject[],
  before: ReadonlyMap<Removal, StoredResource | undefined>,
  places: NextPlaces,
  tree: NamespaceTree,
  grants: Grants,
  complain: Complain,
): Promise<void> {
  const turn = takeTurns();
  const changedAs = new Map(changed.map((resource) => [`${resource.kind} ${resource.spec.id}`, resource]));
  const check = (
    kind: 'Route' | 'Namespace',
    id: string,
    namespace: string,
    field: string,
    policies: readonly string[],
  ) => {
    const node = tree.nodes.get(namespace);
    if (!node) return;
    const own = changedAs.get(`${kind} ${id}`);
    const named = new Set<string>(own ? policiesOf(before.get(own)) : policies);
    policies.forEach((policyId, index) => {
      const problem = referenceProblem(policyId, node, places, grants, named.has(policyId));
      if (problem === undefined) return;
      const cause = own ?? changedAs.get(`Policy ${policyId}`) ?? changed[0];
      if (!cause) return;
      if (cause === own) complain(own, `${field}[${index}]`, problem);
      else complain(cause, '', `would break ${kind} ${id}: ${field}[${index}]: ${problem}`);
    });
  };
  for (const route of places.routes.values()) {
    check('Route', route.id, route.namespace, 'policies', route.policies);
    await turn();
  }
  for (const { id, default_policies } of places.namespaces.values())
    check('Namespace', id, id, 'default_policies', default_policies);
}

/** Those that a route or a namespace names as it is. */
function policiesOf(stored: StoredResource | undefined): readonly string[] {
  if (stored?.kind === 'Route') return stored.spec.policies;
  return stored?.kind === 'Namespace' ? stored.spec.default_policies : [];
}

function referenceProblem(
  policyId: string,
  node: NamespaceNode,
  { policies }: NextPlaces,
  grants: Grants,
  isNamed: boolean,
): string | undefined {
  const policy = policies.get(policyId);
  const hidden = policy && !sees(grants, policy.namespace);
  // One above may be hidden. Its author could see it, and the reference stays.
  if (!policy || (hidden && !isNamed)) return `there is no policy ${policyId}`;
  for (const above of ancestors(node)) if (above.id === policy.namespace) return undefined;
  if (hidden) return `there is no policy ${policyId}`;
  return `policy ${policyId} belongs to ${policy.namespace}, which is neither ${node.id} nor a namespace above it`;
}

/** No two routes claim the same path on the same hosts: which of them judged a request would be chance. */
async function checkClaims(
  written: readonly Resource[],
  places: NextPlaces,
  tree: NamespaceTree,
  grants: Grants,
  complain: Complain,
): Promise<void> {
  const turn = takeTurns();
  const claims = new Map<string, Route>();
  const routes = new Map(
    written.flatMap((resource) => (resource.kind === 'Route' ? [[resource.spec.id, resource]] : [])),
  );
  // Those that stand already come first, so that the complaint goes to the one that is new.
  const all = [...places.routes.values()].sort((a, b) => Number(routes.has(a.id)) - Number(routes.has(b.id)));
  for (const route of all) {
    await turn();
    const holder = tree.nodes.get(route.namespace)?.hostOwner?.id;
    // Without a host to match on, a route takes nothing from another.
    if (holder === undefined) continue;
    for (const host of route.hosts ?? ['*']) {
      const claim = JSON.stringify([holder, host, claimedPath(route)]);
      const other = claims.get(claim);
      if (!other) claims.set(claim, route);
      else if (other.id !== route.id) {
        const resource = routes.get(route.id);
        if (resource)
          complain(
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

export function noNamespace(id: NamespaceId): string {
  return `there is no namespace ${id}`;
}
