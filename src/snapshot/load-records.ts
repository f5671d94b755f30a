import { z } from 'zod';
import { GLOBAL } from '../accounts/namespace-id.ts';
import { Namespace } from '../accounts/namespace-schema.ts';
import { HostPattern } from '../routes/host-pattern-schema.ts';
import type { Route } from '../routes/route-schema.ts';
import { parseRecord, type StoredRecord } from '../store/record.ts';
import { messageOf } from '../text/message-of.ts';
import type { Step } from './run-steps.ts';

/** The result of loading a record at a revision. */
export interface LoadedRecord {
  readonly revision: number;
}

/**
 * Loads each record that changed since `known` was loaded. Yields after each record. The caller must await a step that is
 * a promise.
 * @param known loaded records of the same epoch
 */
export function* loadRecords<Loaded extends LoadedRecord>(
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

export interface LoadedNamespace extends LoadedRecord {
  /** With the parent and hosts that were readable. Undefined if not even the id is valid. */
  readonly namespace: Namespace | undefined;
  /** Why it is invalid. Absent if it is valid. */
  readonly problem?: string;
}

/** Never throws. An invalid namespace keeps its place and hosts, so that no other namespace gets them. */
export function loadNamespace(record: StoredRecord): LoadedNamespace {
  const { revision } = record;
  try {
    return { revision, namespace: parseRecord('namespace', record) };
  } catch (error) {
    return { revision, namespace: salvage(record), problem: messageOf(error) };
  }
}

const Place = z.object({ parent: z.unknown(), hosts: z.unknown() }).partial();

/** Reads what it can. If parent or hosts are unreadable, the namespace gets no parent and so no place in the tree. */
function salvage({ id, value }: StoredRecord): Namespace | undefined {
  const { parent, hosts } = Place.safeParse(value).data ?? {};
  const placed = id === GLOBAL ? {} : { parent, ...(hosts !== undefined && { hosts }) };
  return Namespace.safeParse({ id, ...placed }).data ?? Namespace.safeParse({ id }).data;
}

/** The route or, if it is invalid, its namespace and hosts as far as they are readable. */
export type LoadedRoute = LoadedRecord &
  (
    | { readonly route: Route }
    | {
        readonly problem: string;
        readonly namespace: string | undefined;
        readonly hosts: readonly HostPattern[] | undefined;
      }
  );

/** Never throws. A request that may belong to an invalid route fails. */
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
