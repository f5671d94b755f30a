import { z } from 'zod';
import { GLOBAL } from '../accounts/namespace-id.ts';
import { Namespace } from '../accounts/namespace-schema.ts';
import { HostPattern } from '../routes/host-pattern-schema.ts';
import type { Route } from '../routes/route-schema.ts';
import { parseRecord, type StoredRecord } from '../store/record.ts';
import { messageOf } from '../text/message-of.ts';
import type { Step } from './run-steps.ts';

/** What was made of a record, as it was at its revision. */
export interface KeptRecord {
  readonly revision: number;
}

/**
 * Makes something of each record, but for those that are known from before and did not change since; may be left off
 * after each. A step that is a promise has to be waited for.
 * @param known of the same history
 */
export function* loadRecords<Loaded extends KeptRecord>(
  records: readonly StoredRecord[],
  known: ReadonlyMap<string, Loaded> | undefined,
  load: (record: StoredRecord) => Loaded | Promise<Loaded>,
): Generator<Step, Map<string, Loaded>> {
  const loaded = new Map<string, Loaded>();
  for (const record of records) {
    const before = known?.get(record.id);
    const made = before?.revision === record.revision ? before : load(record);
    if (!(made instanceof Promise)) loaded.set(record.id, made);
    yield made instanceof Promise ? made.then((late) => void loaded.set(record.id, late)) : undefined;
  }
  return loaded;
}

/** What a record of a namespace came to. */
export interface LoadedNamespace extends KeptRecord {
  /** Its place in the tree and its hosts, as far as they can be told; undefined if not even its id is one. */
  readonly namespace: Namespace | undefined;
  /** Why it can't be used; absent if it can. */
  readonly problem?: string;
}

/** Throws nothing: what can't be used keeps its place, so that nothing else gets what belongs to it. */
export function loadNamespace(record: StoredRecord): LoadedNamespace {
  const { revision } = record;
  try {
    return { revision, namespace: parseRecord('namespace', record) };
  } catch (error) {
    return { revision, namespace: salvage(record), problem: messageOf(error) };
  }
}

const Place = z.object({ parent: z.unknown(), hosts: z.unknown() }).partial();

/** Without a parent where place or hosts can't be told: such a namespace has no place in the tree. */
function salvage({ id, value }: StoredRecord): Namespace | undefined {
  const { parent, hosts } = Place.safeParse(value).data ?? {};
  const placed = id === GLOBAL ? {} : { parent, ...(hosts !== undefined && { hosts }) };
  return Namespace.safeParse({ id, ...placed }).data ?? Namespace.safeParse({ id }).data;
}

/** What a record of a route came to: the route, or where it would match as far as that can be told. */
export type LoadedRoute = KeptRecord &
  (
    | { readonly route: Route }
    | {
        readonly problem: string;
        readonly namespace: string | undefined;
        readonly hosts: readonly HostPattern[] | undefined;
      }
  );

/** Throws nothing: what might be for a route that can't be used fails. */
export function loadRoute(record: StoredRecord): LoadedRoute {
  const { revision } = record;
  try {
    return { revision, route: parseRecord('route', record) };
  } catch (error) {
    const { namespace, hosts } = Reach.safeParse(record.value).data ?? {};
    return { revision, problem: messageOf(error), namespace, hosts };
  }
}

const Reach = z.object({
  namespace: z.string().optional().catch(undefined),
  hosts: z.array(HostPattern).optional().catch(undefined),
});
