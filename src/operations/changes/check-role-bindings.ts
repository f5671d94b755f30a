import { isWithin } from '../../accounts/namespace-tree.ts';
import { ofKind, type Resource } from '../../manifests/resource.ts';
import { sees } from '../../roles/grants.ts';
import type { Reader } from '../reader.ts';
import { noNamespace, type ProposedChange, type Removal, refsByName } from './proposed-change.ts';

/**
 * A role binding is of an account that there is, in that account's namespace or below it: also once an account or a
 * namespace has moved.
 */
export async function checkRoleBindings(change: ProposedChange): Promise<void> {
  const { resources, current, nextTree, grants, report } = change;
  const subjects = refsByName(resources);
  const hasNamespaces = ofKind('Namespace', resources).length > 0;
  const concerned = [...change.roleBindings.values()].filter(
    ({ id, account }) =>
      hasNamespaces || subjects.has(`RoleBinding ${id}`) || subjects.has(`ServiceAccount ${account}`),
  );
  if (concerned.length === 0) return;

  const homes = await homesOf(
    concerned.map(({ account }) => account),
    change,
  );
  for (const { id, account, namespace } of concerned) {
    const own = subjects.get(`RoleBinding ${id}`);
    const subject = own ?? subjects.get(`ServiceAccount ${account}`) ?? resources[0];
    if (!subject) continue;
    const say = (field: string, problem: string) =>
      own ? report(own, field, problem) : report(subject, '', `would break RoleBinding ${id}: ${problem}`);
    const home = homes.get(account);
    const stored = own && current.get(own);
    const stays = stored?.kind === 'RoleBinding' && stored.spec.account === account;
    const isHidden = home !== undefined && !sees(grants, home);
    const node = nextTree.nodes.get(namespace);
    const homeNode = home === undefined ? undefined : nextTree.nodes.get(home);
    if (home === undefined || (own && isHidden && !stays))
      say('account', `there is no service account ${account}`);
    else if (!node) say('namespace', noNamespace(namespace));
    else if (homeNode && !isWithin(node, homeNode))
      say(
        'namespace',
        isHidden
          ? `${namespace} is neither the namespace of its account nor below it`
          : `${namespace} is neither ${home}, where the account ${account} is, nor below it`,
      );
  }
}

/** The namespace of each account after the change. */
async function homesOf(
  accounts: readonly string[],
  { resources, removals, reader }: ProposedChange,
): Promise<Map<string, string>> {
  const homes = new Map<string, string>();
  for (const [id, { namespace }] of await reader.findAll('service_account', accounts))
    homes.set(id, namespace);
  for (const { spec } of ofKind('ServiceAccount', resources)) homes.set(spec.id, spec.namespace);
  for (const { spec } of ofKind('ServiceAccount', removals)) homes.delete(spec.id);
  return homes;
}

/** The bindings of accounts that go: they go with them, or another account of that id would have their roles. */
export async function bindingsLeaving(
  removals: readonly Removal[],
  resources: readonly Resource[],
  reader: Reader,
): Promise<Resource<'RoleBinding'>[]> {
  const named = refsByName([...removals, ...resources]);
  const leaving: Resource<'RoleBinding'>[] = [];
  for (const { spec, origin } of ofKind('ServiceAccount', removals))
    for (const binding of await reader.bindingsOf(spec.id))
      if (!named.has(`RoleBinding ${binding.id}`))
        leaving.push({ kind: 'RoleBinding', spec: binding, origin });
  return leaving;
}
