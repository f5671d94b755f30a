import type { z } from 'zod';
import { GLOBAL, type NamespaceId } from '../../accounts/namespace-id.ts';
import { ancestors, type NamespaceTree } from '../../accounts/namespace-tree.ts';
import { ActivityEntry } from '../../activity/activity-entry-schema.ts';
import { createActivityId } from '../../activity/activity-id.ts';
import type { Author } from '../../activity/author-schema.ts';
import { takeTurns } from '../../snapshot/run-steps.ts';
import type { Write } from '../../store/port.ts';
import type { CommitChanges, RecordChange } from '../index/record-change.ts';
import { namespaceOfRecord, RESOURCE_KIND_OF } from '../resource-kinds.ts';
import { sameJson } from './same-json.ts';

/**
 * The entries that go into the log with a commit, one for each record that changes.
 * @param revision the one that the commit will have
 * @param now milliseconds since the epoch
 */
export async function recordActivity(
  { changes, ...commit }: CommitChanges,
  author: Author,
  revision: number,
  now: number,
): Promise<Write[]> {
  const at = new Date(now).toISOString();
  const turn = takeTurns();
  const writes: Write[] = [];
  for (const [index, change] of changes.entries()) {
    const { before, after } = change;
    const was = before && placesOf(change.kind, before, commit.accounts, commit.tree);
    const is = after && placesOf(change.kind, after, commit.nextAccounts, commit.nextTree);
    const id = createActivityId(revision, index);
    const entry: z.input<typeof ActivityEntry> = {
      id,
      at,
      author,
      action: before === undefined ? 'create' : after === undefined ? 'delete' : 'update',
      kind: RESOURCE_KIND_OF.get(change.kind) ?? 'Credential',
      entity: change.id,
      ...(change.kind === 'credential' && { account: (change.after ?? change.before)?.account ?? '' }),
      namespaces: is ?? was ?? [GLOBAL],
      ...(was && is && !sameJson(was, is) && { moved_from: was }),
      ...(before && { before: JSON.parse(JSON.stringify(before)) }),
      ...(after && { after: JSON.parse(JSON.stringify(after)) }),
    };
    // Parsed: one that could not be read back would never go away.
    writes.push({ key: { kind: 'activity', id }, value: ActivityEntry.parse(entry) });
    await turn();
  }
  return writes;
}

type Version = NonNullable<RecordChange['after']>;

/** From where a record is up to `global`. */
function placesOf(
  kind: RecordChange['kind'],
  record: Version,
  accounts: CommitChanges['accounts'],
  { nodes }: NamespaceTree,
): NamespaceId[] {
  const own = ownNamespace(kind, record, accounts);
  const node = nodes.get(own);
  return node ? [...ancestors(node)].map(({ id }) => id) : [GLOBAL];
}

/** A credential belongs to the namespace of its account. */
function ownNamespace(
  kind: RecordChange['kind'],
  record: Version,
  accounts: CommitChanges['accounts'],
): string {
  if (kind === 'credential' && 'account' in record) return accounts.get(record.account)?.namespace ?? GLOBAL;
  return namespaceOfRecord(kind, record);
}
