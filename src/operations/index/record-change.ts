import type { Namespace } from '../../accounts/namespace-schema.ts';
import { buildNamespaceTree, type NamespaceTree } from '../../accounts/namespace-tree.ts';
import type { ServiceAccount } from '../../accounts/service-account-schema.ts';
import { takeTurns } from '../../snapshot/run-steps.ts';
import type { Write } from '../../store/port.ts';
import { parseRecord, type RecordKind, type RecordOf } from '../../store/record.ts';
import type { Reader } from '../reader.ts';

/** The kinds of records that somebody writes, each of which has to be allowed and is told in the activity log. */
type ChangedKind = Exclude<RecordKind, 'user_id' | 'activity'>;

type ChangeOf<K extends ChangedKind> = {
  readonly kind: K;
  readonly id: string;
  /** Undefined where it is made. */
  readonly before: RecordOf<K> | undefined;
  /** Undefined where it is taken away. */
  readonly after: RecordOf<K> | undefined;
};

/** What a commit makes of one record. */
export type RecordChange = { [K in ChangedKind]: ChangeOf<K> }[ChangedKind];

/** Everything that a commit changes, and what it takes to say whose business that is. */
export interface CommitChanges {
  readonly changes: readonly RecordChange[];
  /** The tree as it is, and as it will be. */
  readonly tree: NamespaceTree;
  readonly nextTree: NamespaceTree;
  /** Accounts that the changes are about, as they are and as they will be; by id. */
  readonly accounts: ReadonlyMap<string, ServiceAccount>;
  readonly nextAccounts: ReadonlyMap<string, ServiceAccount>;
}

/** Reads what the writes change. Throws for a write that no plan may make. */
export async function readCommitChanges(writes: readonly Write[], reader: Reader): Promise<CommitChanges> {
  const latest = new Map(writes.map((write) => [`${write.key.kind} ${write.key.id}`, write]));
  const changes: RecordChange[] = [];
  const read = async <K extends ChangedKind>(kind: K): Promise<ChangeOf<K>[]> =>
    readChanges(
      kind,
      [...latest.values()].filter(({ key }) => key.kind === kind),
      reader,
    );
  changes.push(
    ...(await read('namespace')),
    ...(await read('policy')),
    ...(await read('route')),
    ...(await read('directory_user')),
    ...(await read('directory_group')),
    ...(await read('service_account')),
    ...(await read('role_binding')),
    ...(await read('credential')),
  );
  for (const { key } of latest.values())
    if (key.kind === 'activity') throw new Error('the activity log is written by transact alone');

  const accounts = await reader.findAll('service_account', accountIdsOf(changes));
  const nextAccounts = new Map(accounts);
  for (const change of changes) {
    if (change.kind !== 'service_account') continue;
    if (change.after) nextAccounts.set(change.id, change.after);
    else nextAccounts.delete(change.id);
  }
  const tree = await reader.tree();
  const nextTree = nextTreeOf(changes, await reader.namespaces()) ?? tree;
  return { changes, tree, nextTree, accounts, nextAccounts };
}

async function readChanges<K extends ChangedKind>(
  kind: K,
  writes: readonly Write[],
  reader: Reader,
): Promise<ChangeOf<K>[]> {
  const before = await reader.findAll(
    kind,
    writes.map(({ key }) => key.id),
  );
  const turn = takeTurns();
  const changes: ChangeOf<K>[] = [];
  for (const { key, value } of writes) {
    const { id } = key;
    const after = value === undefined ? undefined : parseRecord(kind, { kind, id, revision: 0, value });
    changes.push({ kind, id, before: before.get(id), after });
    await turn();
  }
  return changes;
}

function accountIdsOf(changes: readonly RecordChange[]): string[] {
  return changes.flatMap((change) => {
    if (change.kind === 'service_account') return [change.id];
    if (change.kind !== 'credential' && change.kind !== 'role_binding') return [];
    return [change.before?.account, change.after?.account].filter((id) => id !== undefined);
  });
}

function nextTreeOf(
  changes: readonly RecordChange[],
  namespaces: readonly Namespace[],
): NamespaceTree | undefined {
  const next = new Map(namespaces.map((namespace) => [namespace.id as string, namespace]));
  let changed = false;
  for (const change of changes) {
    if (change.kind !== 'namespace') continue;
    changed = true;
    if (change.after) next.set(change.id, change.after);
    else next.delete(change.id);
  }
  return changed ? buildNamespaceTree(next.values()).tree : undefined;
}
