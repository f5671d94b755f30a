import { buildNamespaceTree, isWithin } from '../../accounts/namespace-tree.ts';
import type { Resource, StoredResource } from '../../manifests/resource.ts';
import { type Grants, sees } from '../../roles/grants.ts';
import type { Reader } from '../reader.ts';
import { noNamespace } from './check-places.ts';
import type { Complain, NextPlaces, Removal } from './next-places.ts';

/**
 * A role binding is of an account that there is, in that account's namespace or below it: also once an account or a
 * namespace has moved.
 */
export async function checkRoleBindings(
  resources: readonly Resource[],
  removals: readonly Removal[],
  before: ReadonlyMap<Removal, StoredResource | undefined>,
  places: NextPlaces,
  reader: Reader,
  grants: Grants,
  complain: Complain,
): Promise<void> {
  const subjects = new Map(resources.map((resource) => [`${resource.kind} ${resource.spec.id}`, resource]));
  const movesNamespaces = resources.some(({ kind }) => kind === 'Namespace');
  const concerned = [...places.roleBindings.values()].filter(
    ({ id, account }) =>
      movesNamespaces || subjects.has(`RoleBinding ${id}`) || subjects.has(`ServiceAccount ${account}`),
  );
  if (concerned.length === 0) return;

  const homes = await homesOf(
    concerned.map(({ account }) => account),
    resources,
    removals,
    reader,
  );
  const { tree } = buildNamespaceTree(places.namespaces.values());
  for (const { id, account, namespace } of concerned) {
    const own = subjects.get(`RoleBinding ${id}`);
    const subject = own ?? subjects.get(`ServiceAccount ${account}`) ?? resources[0];
    if (!subject) continue;
    const say = (field: string, problem: string) =>
      own
        ? complain(own, field, problem)
        : complain(subject, '', `would break RoleBinding ${id}: ${problem}`);
    const home = homes.get(account);
    const stored = own && before.get(own);
    const stays = stored?.kind === 'RoleBinding' && stored.spec.account === account;
    const isHidden = home !== undefined && !sees(grants, home);
    if (own && isHidden && !stays) {
      say('account', `there is no service account ${account}`);
      continue;
    }
    const node = tree.nodes.get(namespace);
    const homeNode = home === undefined ? undefined : tree.nodes.get(home);
    if (home === undefined) say('account', `there is no service account ${account}`);
    else if (!node) say('namespace', noNamespace(namespace));
    else if (homeNode && !isWithin(node, homeNode))
      say(
        'namespace',
        isHidden
          ? `${namespace} is not where its account is, nor below it`
          : `${namespace} is neither ${home}, where the account ${account} is, nor below it`,
      );
  }
}

/** The namespace of each account as it would be; absent where there would be none. */
async function homesOf(
  accounts: readonly string[],
  resources: readonly Resource[],
  removals: readonly Removal[],
  reader: Reader,
): Promise<Map<string, string>> {
  const homes = new Map<string, string>();
  for (const [id, { namespace }] of await reader.findAll('service_account', accounts))
    homes.set(id, namespace);
  for (const { kind, spec } of resources) if (kind === 'ServiceAccount') homes.set(spec.id, spec.namespace);
  for (const { kind, spec } of removals) if (kind === 'ServiceAccount') homes.delete(spec.id);
  return homes;
}

/** The bindings of accounts that go: they go with them, or another account of that id would have their roles. */
export function bindingsLeaving(
  removals: readonly Removal[],
  resources: readonly Resource[],
  { roleBindings }: NextPlaces,
): Removal[] {
  const leaving = new Map(
    removals.flatMap((removal) => (removal.kind === 'ServiceAccount' ? [[removal.spec.id, removal]] : [])),
  );
  if (leaving.size === 0) return [];
  const named = new Set(
    [...removals, ...resources].flatMap(({ kind, spec }) => (kind === 'RoleBinding' ? [spec.id] : [])),
  );
  return [...roleBindings.values()].flatMap((spec): Removal[] => {
    const cause = leaving.get(spec.account);
    return cause && !named.has(spec.id) ? [{ kind: 'RoleBinding', spec, origin: cause.origin }] : [];
  });
}
