import { GLOBAL } from '../../accounts/namespace-id.ts';
import { UserIdReservation } from '../../accounts/service-account-schema.ts';
import type { Author } from '../../activity/author-schema.ts';
import type { Write } from '../../store/port.ts';
import type { CommitChanges, RecordChange } from '../index/record-change.ts';

interface Stamped {
  readonly commit: CommitChanges;
  readonly writes: readonly Write[];
}

/**
 * Adds to records what their author does not choose: who created them and with which commit. What is stored of that stays,
 * whatever a plan wrote. A plan writes it too only where it returns the record, so that it returns what is stored.
 * @param revision the one that the commit will have
 */
export function stampCommit(
  commit: CommitChanges,
  writes: readonly Write[],
  author: Author,
  revision: number,
): Stamped {
  const changes = commit.changes.map((change) => stamp(change, author, revision));
  const values = new Map<string, unknown>();
  for (const [index, change] of changes.entries())
    if (change !== commit.changes[index]) values.set(`${change.kind} ${change.id}`, change.after);
  const created = createdRevisions(changes, commit);
  return {
    commit: { ...commit, changes },
    writes: writes.map((write): Write => {
      const { key, value } = write;
      if (value === undefined) return write;
      if (key.kind === 'user_id') return { key, value: stampReservation(value, created) };
      const stamped = values.get(`${key.kind} ${key.id}`);
      return stamped === undefined ? write : { key, value: stamped };
    }),
  };
}

function stamp(change: RecordChange, author: Author, revision: number): RecordChange {
  if (change.after === undefined) return change;
  switch (change.kind) {
    case 'namespace': {
      if (change.id === GLOBAL) return change;
      const { created_revision: _none, ...after } = change.after;
      const created_revision = change.before ? change.before.created_revision : revision;
      return { ...change, after: { ...after, ...(created_revision !== undefined && { created_revision }) } };
    }
    case 'service_account': {
      const { created_by: _none, ...after } = change.after;
      const created_by = change.before ? change.before.created_by : author;
      return { ...change, after: { ...after, ...(created_by && { created_by }) } };
    }
    case 'credential': {
      const { issued_by: _none, ...after } = change.after;
      const issued_by = change.before ? change.before.issued_by : author;
      return { ...change, after: { ...after, ...(issued_by && { issued_by }) } };
    }
    default:
      return change;
  }
}

/** By namespace, as it will be. */
function createdRevisions(
  changes: readonly RecordChange[],
  { tree }: CommitChanges,
): (namespace: string) => number | undefined {
  const changed = new Map<string, number | undefined>();
  for (const change of changes)
    if (change.kind === 'namespace' && change.after) changed.set(change.id, change.after.created_revision);
  return (id) => (changed.has(id) ? changed.get(id) : tree.nodes.get(id)?.namespace.created_revision);
}

function stampReservation(
  value: unknown,
  created: (namespace: string) => number | undefined,
): UserIdReservation {
  const { created_revision: _none, ...reservation } = UserIdReservation.parse(value);
  const { namespace } = reservation;
  const created_revision = namespace === undefined ? undefined : created(namespace);
  return { ...reservation, ...(created_revision !== undefined && { created_revision }) };
}
