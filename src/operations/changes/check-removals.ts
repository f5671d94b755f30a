import { GLOBAL } from '../../accounts/namespace-id.ts';
import { ofKind, type SpecOf } from '../../manifests/resource.ts';
import {
  namespaceOf,
  namespaceOfRecord,
  PLACED_KINDS,
  type PlacedKind,
  STORED_KINDS,
} from '../resource-kinds.ts';
import type { ProposedChange, Removal, ResourceRef } from './proposed-change.ts';

/** More names would not help. */
const NAMED = 5;

/**
 * Nothing that stays may need what goes: namespaces go empty, directory users go when no account stands for them.
 * Policies are for `checkReferences`, which knows who names them.
 */
export async function checkRemovals(change: ProposedChange): Promise<void> {
  const { removals, report } = change;
  const namespaces = byId(ofKind('Namespace', removals));
  const users = byId(ofKind('DirectoryUser', removals));
  const root = namespaces.get(GLOBAL);
  if (root) report(root, '', 'the root always stays');
  if (namespaces.size === 0 && users.size === 0) return;

  const needs = new Map<Removal, string[]>();
  const need = (removal: Removal | undefined, who: string) => {
    if (!removal) return;
    const list = needs.get(removal);
    if (list) list.push(who);
    else needs.set(removal, [who]);
  };
  for (const { id, parent } of change.namespaces.values())
    need(namespaces.get(parent ?? ''), `namespace ${id}`);
  if (namespaces.size > 0)
    for (const kind of PLACED_KINDS)
      if (kind !== 'namespace')
        for (const [id, namespace] of await staying(change, kind, (each) => namespaces.has(each)))
          need(namespaces.get(namespace), `${kind.replaceAll('_', ' ')} ${id}`);
  if (users.size > 0)
    for await (const { id, impersonate } of stayingAccounts(change))
      need(users.get(impersonate ?? ''), `service account ${id}`);
  for (const [removal, who] of needs) {
    const rest = who.length > NAMED ? ` and ${who.length - NAMED} more` : '';
    const names = `${who.slice(0, NAMED).join(', ')}${rest}`;
    const why = removal.kind === 'Namespace' ? `still holds ${names}` : `is impersonated by ${names}`;
    report(removal, '', `${why}: delete ${who.length === 1 ? 'that' : 'those'} too, or first`);
  }
}

function byId<T extends ResourceRef>(refs: readonly T[]): Map<string, T> {
  return new Map(refs.map((ref) => [ref.spec.id, ref]));
}

/** Ids and namespaces of the resources that the change leaves or puts in namespaces that `covers` says. */
async function staying(
  { removals, resources, reader }: ProposedChange,
  kind: PlacedKind,
  covers: (namespace: string) => boolean,
): Promise<Map<string, string>> {
  const isOfKind = (ref: ResourceRef) => STORED_KINDS[ref.kind].record === kind;
  const next = new Map<string, string>();
  const stored = await reader.findAll(kind, await reader.idsWithin(kind, covers));
  for (const record of stored.values()) next.set(record.id, namespaceOfRecord(kind, record));
  for (const resource of resources.filter(isOfKind)) next.set(resource.spec.id, namespaceOf(resource));
  for (const { spec } of removals.filter(isOfKind)) next.delete(spec.id);
  return next;
}

async function* stayingAccounts({
  removals,
  resources,
  reader,
}: ProposedChange): AsyncGenerator<SpecOf<'ServiceAccount'>> {
  const gone = byId(ofKind('ServiceAccount', removals));
  const applied = byId(ofKind('ServiceAccount', resources));
  for (const { spec } of applied.values()) yield spec;
  for await (const account of reader.all('service_account'))
    if (!gone.has(account.id) && !applied.has(account.id)) yield account;
}
