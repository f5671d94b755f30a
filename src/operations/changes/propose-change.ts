import {
  ancestors,
  buildNamespaceTree,
  type NamespaceTree,
  type TreeProblem,
} from '../../accounts/namespace-tree.ts';
import { ofKind, type Resource, type StoredResource } from '../../manifests/resource.ts';
import type { Policy } from '../../policy/policy-schema.ts';
import type { Route } from '../../routes/route-schema.ts';
import { takeTurns } from '../../snapshot/run-steps.ts';
import type { Reader } from '../reader.ts';
import type { ProposedChange, Removal } from './proposed-change.ts';
import { sameJson } from './same-json.ts';

type Given = Pick<
  ProposedChange,
  'resources' | 'removals' | 'current' | 'reader' | 'grants' | 'report' | 'progress'
>;

/** Reads only what a change concerns. */
export async function proposeChange(given: Given): Promise<ProposedChange> {
  const { resources, removals, current, reader } = given;
  const turn = takeTurns();
  const written: Resource[] = [];
  for (const resource of resources) {
    if (!sameJson(current.get(resource)?.spec, resource.spec)) written.push(resource);
    await turn();
  }
  const namespaces = nextOf(
    await reader.namespaces(),
    ofKind('Namespace', resources),
    ofKind('Namespace', removals),
  );
  const roleBindings = nextOf(
    await reader.bindings(),
    ofKind('RoleBinding', resources),
    ofKind('RoleBinding', removals),
  );

  const tree = await reader.tree();
  const isSameTree = ![...written, ...removals].some(({ kind }) => kind === 'Namespace');
  const { tree: nextTree, problems } = isSameTree
    ? { tree, problems: [] }
    : buildNamespaceTree(namespaces.values());
  const known = new Set(
    problems.length > 0 ? buildNamespaceTree(await reader.namespaces()).problems.map(asText) : [],
  );
  const moved = ofKind('Namespace', written).filter((resource) => {
    const before = current.get(resource);
    return before?.kind === 'Namespace' && isMoved(resource, before);
  });
  const reshapes =
    moved.length > 0 ||
    ofKind('Namespace', removals).length > 0 ||
    ofKind('Namespace', written).some((one) => !current.get(one) && one.spec.hosts !== undefined);
  const { policies, routes } = await (reshapes
    ? readAll(reader)
    : readConcerned(written, removals, nextTree, reader));
  return {
    ...given,
    written,
    tree,
    nextTree,
    treeProblems: problems.filter((problem) => !known.has(asText(problem))),
    moved,
    reshapes,
    namespaces,
    roleBindings,
    policies: nextOf(policies, ofKind('Policy', resources), ofKind('Policy', removals)),
    routes: nextOf(routes, ofKind('Route', resources), ofKind('Route', removals)),
  };
}

/** What is stored of one kind, with what the change makes of it. */
function nextOf<S extends { readonly id: string }>(
  stored: Iterable<S>,
  resources: readonly { readonly spec: S }[],
  removals: readonly Removal[],
): Map<string, S> {
  const next = new Map<string, S>();
  for (const spec of stored) next.set(spec.id, spec);
  for (const { spec } of resources) next.set(spec.id, spec);
  for (const { spec } of removals) next.delete(spec.id);
  return next;
}

/** Whether a namespace gets other hosts, or another place in the tree. */
function isMoved({ spec }: StoredResource<'Namespace'>, before: StoredResource<'Namespace'>): boolean {
  return spec.parent !== before.spec.parent || !sameJson(spec.hosts, before.spec.hosts);
}

interface Concerned {
  readonly policies: Iterable<Policy>;
  readonly routes: Iterable<Route>;
}

async function readAll(reader: Reader): Promise<Concerned> {
  return { policies: await reader.collect('policy'), routes: await reader.collect('route') };
}

/**
 * What a change concerns that leaves hosts and the tree as they are: routes that share the hosts of a written one, and whatever
 * is evaluated by a policy that changes, with all policies that apply to it.
 */
async function readConcerned(
  written: readonly Resource[],
  removals: readonly Removal[],
  tree: NamespaceTree,
  reader: Reader,
): Promise<Concerned> {
  const policies = ofKind('Policy', written);
  const changed = new Set<string>([...policies, ...ofKind('Policy', removals)].map(({ spec }) => spec.id));
  const routes = ofKind('Route', written).map(({ spec }) => spec);
  const namespaces = new Set<string>(ofKind('Namespace', written).map(({ spec }) => spec.id));
  if (changed.size + routes.length + namespaces.size === 0) return { policies: [], routes: [] };

  const ownerOf = (namespace: string) => tree.nodes.get(namespace)?.hostOwner ?? tree.root;
  const owners = new Set(routes.map(({ namespace }) => ownerOf(namespace)));
  const enforcedAt = new Set<string>(policies.flatMap(({ spec }) => (spec.enforced ? [spec.namespace] : [])));
  const pathOf = (namespace: string): string[] => {
    const node = tree.nodes.get(namespace);
    return node ? Array.from(ancestors(node), ({ id }) => id) : [];
  };
  const isBelow = (namespace: string) => pathOf(namespace).some((id) => enforcedAt.has(id));
  const namesChanged = (named: readonly string[]) => named.some((id) => changed.has(id));

  const stored = await reader.findAll('route', [
    ...(routes.length + enforcedAt.size === 0
      ? []
      : await reader.idsWithin('route', (id) => owners.has(ownerOf(id)) || isBelow(id))),
    ...(changed.size === 0 ? [] : await reader.routesNaming(changed)),
  ]);
  const evaluated = [
    ...routes,
    ...[...stored.values()].filter((route) => namesChanged(route.policies) || isBelow(route.namespace)),
    ...Array.from(tree.nodes.values(), ({ id, namespace }) => ({
      namespace: id,
      policies: namespace.default_policies,
    })).filter(
      (each) => namespaces.has(each.namespace) || namesChanged(each.policies) || isBelow(each.namespace),
    ),
  ];
  const evaluatedIn = new Set(evaluated.flatMap(({ namespace }) => pathOf(namespace)));
  const found = await reader.findAll('policy', [
    ...evaluated.flatMap((each) => each.policies),
    ...(await reader.enforcedPolicies((namespace) => evaluatedIn.has(namespace))),
  ]);
  return { policies: found.values(), routes: stored.values() };
}

function asText(problem: TreeProblem): string {
  return JSON.stringify(problem);
}
