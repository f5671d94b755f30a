import type { Namespace } from '../../accounts/namespace-schema.ts';
import { buildNamespaceTree, type NamespaceTree } from '../../accounts/namespace-tree.ts';
import type { ServiceAccount } from '../../accounts/service-account-schema.ts';
import { takeTurns } from '../../snapshot/run-steps.ts';
import type { Write } from '../../store/port.ts';
import { parseRecord, type RecordKind, type RecordOf } from '../../store/record.ts';
import type { Reader } from '../reader.ts';
import { STORED_KINDS } from '../resource-kinds.ts';

/** The kinds of records whose changes are authorized and recorded in the activity log. */
type ChangedKind = Exclude<RecordKind, 'user_id' | 'activity'>;

const CHANGED_KINDS: readonly ChangedKind[] = [
  ...Object.values(STORED_KINDS).map(({ record }) => record),
  'credential',
];

/** What a commit makes of one record. */
export type RecordChange<K extends ChangedKind = ChangedKind> = {
  [P in K]: {
    readonly kind: P;
    readonly id: string;
    /** Undefined on creation. */
    readonly before: RecordOf<P> | undefined;
    /** Undefined on deletion. */
    readonly after: RecordOf<P> | undefined;
  };
}[K];

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
  for (const kind of CHANGED_KINDS) {
    const own = [...latest.values()].filter(({ key }) => key.kind === kind);
    if (own.length > 0) changes.push(...(await readChanges(kind, own, reader)));
  }
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
): Promise<RecordChange<K>[]> {
  const before = await reader.findAll(
    kind,
    writes.map(({ key }) => key.id),
  );
  const turn = takeTurns();
  const changes: RecordChange<K>[] = [];
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
