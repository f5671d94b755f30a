import { isWithin } from '../../accounts/namespace-tree.ts';
import type { Credential, ServiceAccount } from '../../accounts/service-account-schema.ts';
import { OperationError } from '../../contract/operation-error.ts';
import type { CredentialId } from '../../credentials/credential-id.ts';
import { type Grants, grantsOf, holds } from '../../roles/grants.ts';
import type { RoleBinding } from '../../roles/role-binding-schema.ts';
import { includesRole, type Role } from '../../roles/role-schema.ts';

import { accountStatus, credentialStatus } from '../account-view.ts';
import type { CommitChanges } from '../index/record-change.ts';
import type { Reader } from '../reader.ts';

/** A commit gives power to accounts that have credentials whose issuer could not give that power. */
export function describePlanted(credentials: readonly Credential[]): OperationError {
  return new OperationError(
    'unprocessable',
    'credentials have to be revoked first',
    credentials.map(({ id, account }) => ({
      path: `ServiceAccount ${account}: credentials`,
      message: `${id}: its issuer could not make this change; revoke it first, or with this change (revoke_others)`,
    })),
  );
}

/** What an account gains by a commit, as the roles that it takes to give it. */
interface Raise {
  readonly account: string;
  /** The credentials that it has, as far as the commit leaves them to it. */
  readonly credentials: readonly CredentialId[];
  readonly needs: readonly { readonly role: Role; readonly namespace: string }[];
}

/**
 * The live credentials through which a commit would give somebody a role, or a place higher up, that they could not give
 * themselves: those of accounts that gain it, issued by an account that could not make the change, or by an unknown one.
 * Credentials that the commit revokes or issues itself are left out.
 * @param now milliseconds since the epoch
 */
export async function findPlantedCredentials(
  commit: CommitChanges,
  reader: Reader,
  now: number,
): Promise<Credential[]> {
  if (!commit.changes.some(mayRaise)) return [];
  const bindings = bindingsByAccount(await reader.bindings());
  const raises = await findRaises(commit, bindings, reader);
  const held = await reader.findAll(
    'credential',
    raises.flatMap(({ credentials }) => credentials),
  );
  const changed = new Map<string, Credential | undefined>(
    commit.changes.flatMap((change) => (change.kind === 'credential' ? [[change.id, change.after]] : [])),
  );
  const issuers = new Issuers(commit, bindings, reader, now);
  const planted: Credential[] = [];
  for (const raise of raises)
    for (const id of raise.credentials) {
      const before = held.get(id);
      // One that is new with this commit is its author's, who makes the change.
      const after = before && changed.has(id) ? changed.get(id) : before;
      if (!after || credentialStatus(after, now) !== 'active') continue;
      if (!(await issuers.couldMake(raise, after))) planted.push(after);
    }
  return planted;
}

function mayRaise(change: CommitChanges['changes'][number]): boolean {
  const { kind, before, after } = change;
  if (after === undefined) return false;
  if (kind === 'role_binding') return true;
  if (before === undefined) return false;
  if (kind === 'service_account') return before.namespace !== after.namespace;
  return kind === 'namespace' && before.parent !== after.parent;
}

async function findRaises(
  { changes, tree, nextTree, accounts, nextAccounts }: CommitChanges,
  bindings: ReadonlyMap<string, readonly RoleBinding[]>,
  reader: Reader,
): Promise<Raise[]> {
  const moved = changes.flatMap((change) =>
    change.kind === 'namespace' && mayRaise(change) ? [change.id] : [],
  );
  const concerned = new Set<string>(moved.length > 0 ? bindings.keys() : []);
  const nextBindings = new Map(
    [...bindings.values()].flat().map((binding) => [binding.id as string, binding]),
  );
  for (const change of changes) {
    if (change.kind === 'service_account' && mayRaise(change)) concerned.add(change.id);
    if (change.kind !== 'role_binding') continue;
    if (change.after) {
      concerned.add(change.after.account);
      nextBindings.set(change.id, change.after);
    } else nextBindings.delete(change.id);
  }
  const next = bindingsByAccount(nextBindings.values());
  const others = [...concerned].filter((id) => !accounts.has(id) && !nextAccounts.has(id));
  const stored = await reader.findAll('service_account', others);
  return [...concerned].flatMap((id): Raise[] => {
    const before = accounts.get(id) ?? stored.get(id);
    const after = nextAccounts.get(id) ?? stored.get(id);
    if (!before || !after) return [];
    const own = next.get(id) ?? [];
    const was = bindings.get(id) ?? [];
    const post = grantsOf(after.namespace, own, nextTree, []);
    const pre = grantsOf(before.namespace, was, tree, []);
    // In a namespace that is new, what its place gives already is no raise.
    const preInNew = grantsOf(before.namespace, was, nextTree, []);
    const places = new Set([...own.map(({ namespace }) => namespace as string), ...moved]);
    const raised = [...places].filter((namespace) => {
      const role = post.roleAt(namespace);
      const had = (tree.nodes.has(namespace) ? pre : preInNew).roleAt(namespace);
      return role !== undefined && !includesRole(had, role);
    });
    const needs = raised.map((namespace) => ({ role: 'admin' as const, namespace }));
    if (raised.length > 0) needs.push({ role: 'admin', namespace: after.namespace });
    const climbs = leaves(before, after, nextTree)
      ? [{ role: homeRole(after, own), namespace: after.namespace }]
      : [];
    if (raised.length === 0 && climbs.length === 0) return [];
    const credentials = [...new Set([...before.credentials, ...after.credentials])];
    return [{ account: id, credentials, needs: [...needs, ...climbs] }];
  });
}

/** Whether an account moves to where it reaches more than it did, which is anywhere but further down. */
function leaves(
  before: ServiceAccount,
  after: ServiceAccount,
  { nodes }: CommitChanges['nextTree'],
): boolean {
  if (before.namespace === after.namespace) return false;
  const [from, to] = [nodes.get(before.namespace), nodes.get(after.namespace)];
  return !from || !to || !isWithin(to, from);
}

/** What it takes to have such an account in a namespace; see `authorizeChanges`. */
function homeRole({ impersonate }: ServiceAccount, bindings: readonly RoleBinding[]): Role {
  return impersonate === undefined && bindings.length === 0 ? 'manager' : 'admin';
}

function bindingsByAccount(bindings: Iterable<RoleBinding>): Map<string, RoleBinding[]> {
  const all = new Map<string, RoleBinding[]>();
  for (const binding of bindings) {
    const own = all.get(binding.account);
    if (own) own.push(binding);
    else all.set(binding.account, [binding]);
  }
  return all;
}

/** An account that issued credentials, by the store before the commit. */
interface Issuer {
  /** Undefined if it can do nothing any more. */
  readonly grants: Grants | undefined;
}

/** Finds out what those who issued credentials could do. */
class Issuers {
  readonly #commit: CommitChanges;
  readonly #bindings: ReadonlyMap<string, readonly RoleBinding[]>;
  readonly #reader: Reader;
  readonly #now: number;
  readonly #issuers = new Map<string, Promise<Issuer>>();

  constructor(
    commit: CommitChanges,
    bindings: ReadonlyMap<string, readonly RoleBinding[]>,
    reader: Reader,
    now: number,
  ) {
    this.#commit = commit;
    this.#bindings = bindings;
    this.#reader = reader;
    this.#now = now;
  }

  /**
   * Whether everybody who may know the credential's JWT could have made the change: who issued it, and, if the credential
   * that they issued it with is no longer good, who issued that one, and so on. A good one is its account's: when that got
   * what it holds now, those of others were revoked.
   */
  async couldMake({ needs }: Raise, credential: Credential): Promise<boolean> {
    const seen = new Set<string>();
    for (let one: Credential | undefined = credential; one !== undefined && !seen.has(one.id); ) {
      seen.add(one.id);
      const by: Credential['issued_by'] = one.issued_by;
      if (by === undefined) return false;
      if (by.kind === 'machine') return true;
      const { grants } = await this.#issuer(by.account);
      if (!grants || !needs.every(({ role, namespace }) => holds(grants, role, namespace))) return false;
      const used: Credential | undefined = await this.#reader.find('credential', by.credential);
      // Those of an account go with it: another one of that id issued nothing with them.
      if (used?.account !== by.account) return false;
      if (credentialStatus(used, this.#now) === 'active') return true;
      one = used;
    }
    return false;
  }

  #issuer(id: string): Promise<Issuer> {
    const issuer = this.#issuers.get(id) ?? this.#readIssuer(id);
    this.#issuers.set(id, issuer);
    return issuer;
  }

  async #readIssuer(id: string): Promise<Issuer> {
    const account = await this.#reader.find('service_account', id);
    if (!account || accountStatus(account, this.#now) !== 'active') return { grants: undefined };
    const { impersonate, namespace } = account;
    if (impersonate !== undefined && !(await this.#reader.find('directory_user', impersonate))?.active)
      return { grants: undefined };
    // By the tree after the commit: what a namespace that moves brings to somebody, its move gives them.
    return { grants: grantsOf(namespace, this.#bindings.get(id) ?? [], this.#commit.nextTree, []) };
  }
}
