import { GLOBAL } from '../../accounts/namespace-id.ts';
import type { Namespace } from '../../accounts/namespace-schema.ts';
import type { NamespaceTree } from '../../accounts/namespace-tree.ts';
import type { ServiceAccount } from '../../accounts/service-account-schema.ts';
import type { Author } from '../../activity/author-schema.ts';
import { ALL_GRANTS, type Grants, holds, sees } from '../../roles/grants.ts';
import type { RoleBinding } from '../../roles/role-binding-schema.ts';
import type { Role } from '../../roles/role-schema.ts';
import { takeTurns } from '../../snapshot/run-steps.ts';
import type { CommitChanges, RecordChange } from '../index/record-change.ts';
import type { Reader } from '../reader.ts';
import { forbidden, idTaken } from '../refusals.ts';
import { namespaceOfRecord, writerOf } from '../resource-kinds.ts';
import { grantsOverCreated } from './grants-over-created.ts';
import { sameJson } from './same-json.ts';

export interface Asking {
  readonly author: Author;
  readonly grants: Grants;
  readonly reader: Reader;
}

/**
 * The one place that says who may write what; `transact` asks it about every commit. Each record that changes has to be
 * allowed where it is and where it goes, by the tree before the commit; of namespaces that the commit makes, the nearest
 * ancestor in that tree counts. Throws `OperationError`.
 */
export async function authorizeChanges(
  commit: CommitChanges,
  { author, grants: held, reader }: Asking,
): Promise<void> {
  if (held === ALL_GRANTS) return;
  const bindingsOf = new Map<string, readonly RoleBinding[]>();
  for (const id of [...commit.accounts.keys(), ...commit.nextAccounts.keys()])
    bindingsOf.set(id, await reader.bindingsOf(id));
  const grants = grantsOverCreated(held, createdNamespaces(commit));
  const turn = takeTurns();
  for (const change of commit.changes) {
    authorize(change, commit, new Demands(change, grants), { author, grants, bindingsOf });
    await turn();
  }
}

function createdNamespaces({ changes }: CommitChanges): Namespace[] {
  return changes.flatMap((change) =>
    change.kind === 'namespace' && change.before === undefined && change.after ? [change.after] : [],
  );
}

interface AuthorizationContext extends Omit<Asking, 'reader'> {
  /** The role bindings of the accounts that the commit is about. */
  readonly bindingsOf: ReadonlyMap<string, readonly RoleBinding[]>;
}

/** What a change needs, said as an error that names it. */
class Demands {
  readonly #what: string;
  readonly #change: RecordChange;
  readonly #grants: Grants;

  constructor(change: RecordChange, grants: Grants) {
    const verb =
      change.before === undefined ? 'making' : change.after === undefined ? 'deleting' : 'changing';
    this.#what = `${verb} ${change.kind.replaceAll('_', ' ')} ${change.id}`;
    this.#change = change;
    this.#grants = grants;
  }

  need(role: Role, namespace: string | undefined, why = ''): void {
    const at = namespace ?? GLOBAL;
    if (holds(this.#grants, role, at)) return;
    // An author may learn that an ancestor exists, and nothing else about it.
    if (!sees(this.#grants, at)) {
      if (this.#change.before !== undefined && this.#change.kind !== 'namespace')
        throw idTaken(this.#change.kind.replaceAll('_', ' '), this.#change.id);
      throw forbidden(`${this.#what}${why}`, role, 'above it');
    }
    throw forbidden(`${this.#what}${why}`, role, at);
  }

  /** The same about a namespace that the author need not see to know of the record. */
  needAbove(role: Role, namespace: string, why: string): void {
    if (holds(this.#grants, role, namespace)) return;
    throw forbidden(`${this.#what}${why}`, role, sees(this.#grants, namespace) ? namespace : 'above it');
  }
}

function authorize(
  change: RecordChange,
  commit: CommitChanges,
  demands: Demands,
  principal: AuthorizationContext,
): void {
  switch (change.kind) {
    case 'namespace':
      authorizeNamespace(change, commit, demands);
      return;
    case 'service_account':
      for (const account of versions(change))
        authorizeAccount(account, demands, principal, isOwnRotation(change));
      return;
    case 'credential':
      for (const credential of versions(change))
        for (const account of versionsOfAccount(credential.account, commit))
          authorizeAccount(account, demands, principal, true);
      return;
    default:
      authorizeInPlace(change, commit, demands);
  }
}

/** Kinds that the role of their kind writes where they are, with the exceptions of each. */
function authorizeInPlace(
  change: Exclude<RecordChange, { kind: 'namespace' | 'service_account' | 'credential' }>,
  commit: CommitChanges,
  demands: Demands,
): void {
  for (const record of [change.before, change.after])
    if (record) demands.need(writerOf(change.kind), namespaceOfRecord(change.kind, record));
  if (change.kind === 'policy' && change.before?.enforced)
    demands.need('admin', change.before.namespace, ', which is enforced,');
  if (change.kind === 'route') {
    if (change.before) authorizeSharedHosts(change.before.namespace, commit.tree, demands);
    if (change.after) authorizeSharedHosts(change.after.namespace, commit.nextTree, demands);
  }
  if (change.kind === 'role_binding')
    for (const binding of versions(change))
      for (const account of versionsOfAccount(binding.account, commit))
        demands.need('admin', account.namespace, `, which is about service account ${account.id},`);
}

/** A route on hosts that its namespace shares says what happens to another's: to delegate, these are granted. */
function authorizeSharedHosts(namespace: string, tree: NamespaceTree, demands: Demands): void {
  const owner = hostOwnerOf(namespace, tree);
  if (owner !== namespace)
    demands.needAbove('manager', owner, `, which is on hosts that ${namespace} shares,`);
}

/** Who says what happens on the hosts of a namespace: `global` if it has none. */
function hostOwnerOf(namespace: string, tree: NamespaceTree): string {
  return tree.nodes.get(namespace)?.hostOwner?.id ?? GLOBAL;
}

/** A manager names a namespace and says what its defaults are; hosts, observing and its place are given from above. */
function authorizeNamespace(
  { before, after }: Extract<RecordChange, { kind: 'namespace' }>,
  { tree, nextTree }: CommitChanges,
  demands: Demands,
): void {
  const moves = before?.parent !== after?.parent;
  for (const namespace of [before, after]) {
    if (!namespace) continue;
    if (before && after && !moves) demands.need('manager', namespace.id);
    else demands.need(before && after ? 'admin' : 'manager', namespace.parent);
  }
  const one = after ?? before;
  if (!one) return;
  if (!sameJson(before?.hosts, after?.hosts)) demands.need('admin', one.parent, ' with other hosts');
  if (before && after && hostOwnerOf(one.id, tree) !== hostOwnerOf(one.id, nextTree))
    authorizeSharedHosts(one.id, nextTree, demands);

  // What comes to hold counts: a namespace that says nothing observes if the one above does, and its policies no longer decide.
  const says = before?.enforcement !== after?.enforcement;
  const observes = after !== undefined && nextTree.nodes.get(after.id)?.enforcement === 'observe';
  if (before && after && says && !observes) demands.need('admin', one.id, ' with another enforcement');
  else if (says)
    for (const namespace of [before, after])
      if (namespace) demands.need('admin', namespace.parent, ' with another enforcement');
}

/**
 * A manager keeps accounts; but who makes the JWT of an account can do what it may, so that one which stands for a
 * directory user, or has roles, is for an admin who has all of these.
 * @param rotates whether this concerns the account's credentials alone
 */
function authorizeAccount(
  account: ServiceAccount,
  demands: Demands,
  { author, grants, bindingsOf }: AuthorizationContext,
  rotates: boolean,
): void {
  demands.need('manager', account.namespace);
  if (account.impersonate !== undefined)
    demands.need('admin', account.namespace, ', which stands for a directory user,');
  const own = bindingsOf.get(account.id) ?? [];
  if (own.length === 0 || (rotates && author.kind === 'account' && author.account === account.id)) return;
  demands.need('admin', account.namespace, ', which has roles,');
  for (const { role, namespace } of own)
    if (!holds(grants, role, namespace)) throw forbidden(`an account that is ${role}`, role, namespace);
}

function isOwnRotation({ before, after }: Extract<RecordChange, { kind: 'service_account' }>): boolean {
  return (
    before !== undefined &&
    after !== undefined &&
    sameJson({ ...before, credentials: [] }, { ...after, credentials: [] })
  );
}

function versions<T>({
  before,
  after,
}: {
  readonly before: T | undefined;
  readonly after: T | undefined;
}): T[] {
  return [before, after].filter((version) => version !== undefined);
}

function versionsOfAccount(id: string, { accounts, nextAccounts }: CommitChanges): ServiceAccount[] {
  return [accounts.get(id), nextAccounts.get(id)].filter((account) => account !== undefined);
}
