import { z } from 'zod';
import { GLOBAL } from '../accounts/namespace-id.ts';
import { Namespace } from '../accounts/namespace-schema.ts';
import { parseRecord, type StoredRecord } from '../store/record.ts';
import type { KeptRecord } from './kept-records.ts';
import { messageOf } from './message-of.ts';

/** What a record of a namespace came to. */
export interface LoadedNamespace extends KeptRecord {
  /** Its place in the tree and its hosts, as far as they can be told; undefined where not even its id is one. */
  readonly namespace: Namespace | undefined;
  /** Why it can't be used; absent where it can. */
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
