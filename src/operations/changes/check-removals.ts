import { GLOBAL } from '../../accounts/namespace-id.ts';
import type { Resource } from '../../manifests/resource.ts';
import type { Reader } from '../reader.ts';
import type { Complain, NextPlaces, Removal } from './next-places.ts';

/** More names would not help. */
const NAMED = 5;

/**
 * Nothing that stays may need what goes: namespaces go empty, directory users go when no account stands for them.
 * Policies are for `checkPlaces`, which knows who names them.
 */
export async function checkRemovals(
  removals: readonly Removal[],
  places: NextPlaces,
  resources: readonly Resource[],
  reader: Reader,
  complain: Complain,
): Promise<void> {
  for (const removal of removals)
    if (removal.kind === 'Namespace' && removal.spec.id === GLOBAL)
      complain(removal, '', 'the root always stays');

  const namespaces = removalsOf('Namespace', removals);
  const users = removalsOf('DirectoryUser', removals);
  if (namespaces.size === 0 && users.size === 0) return;

  const needs = new Map<Removal, string[]>();
  const need = (removal: Removal | undefined, who: string) => {
    if (!removal) return;
    const list = needs.get(removal);
    if (list) list.push(who);
    else needs.set(removal, [who]);
  };
  for (const { id, parent } of places.namespaces.values())
    need(namespaces.get(parent ?? ''), `namespace ${id}`);
  for (const { id, namespace } of places.policies.values()) need(namespaces.get(namespace), `policy ${id}`);
  for (const { id, namespace } of places.routes.values()) need(namespaces.get(namespace), `route ${id}`);
  for (const { id, namespace } of places.roleBindings.values())
    need(namespaces.get(namespace), `role binding ${id}`);
  for await (const { id, namespace, impersonate } of staying(removals, resources, reader)) {
    need(namespaces.get(namespace), `service account ${id}`);
    need(users.get(impersonate ?? ''), `service account ${id}`);
  }
  for (const [removal, who] of needs) {
    const rest = who.length > NAMED ? ` and ${who.length - NAMED} more` : '';
    const names = `${who.slice(0, NAMED).join(', ')}${rest}`;
    const why = removal.kind === 'Namespace' ? `still holds ${names}` : `is impersonated by ${names}`;
    complain(removal, '', `${why}: delete ${who.length === 1 ? 'that' : 'those'} too, or first`);
  }
}

function removalsOf(kind: Removal['kind'], removals: readonly Removal[]): Map<string, Removal> {
  return new Map(
    removals.filter((removal) => removal.kind === kind).map((removal) => [removal.spec.id, removal]),
  );
}

interface Staying {
  readonly id: string;
  readonly namespace: string;
  readonly impersonate?: string | undefined;
}

/** Every service account that there will be. */
async function* staying(
  removals: readonly Removal[],
  resources: readonly Resource[],
  reader: Reader,
): AsyncGenerator<Staying> {
  const gone = removalsOf('ServiceAccount', removals);
  const applied = new Map<string, Staying>();
  for (const { kind, spec } of resources) if (kind === 'ServiceAccount') applied.set(spec.id, spec);
  yield* applied.values();
  for await (const account of reader.all('service_account'))
    if (!gone.has(account.id) && !applied.has(account.id)) yield account;
}
