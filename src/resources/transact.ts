import type { Store, StorePosition, Write } from '../store/port.ts';
import { parseRecord, type RecordKind, type RecordOf } from '../store/record.ts';

/** What a transaction works out: the writes, and what to tell whoever asked for it. */
export interface Plan<T> {
  readonly writes: readonly Write[];
  readonly result: T;
}

export interface Committed<T> {
  readonly result: T;
  readonly position: StorePosition;
  /** Whether anything was written. */
  readonly changed: boolean;
}

/** Others kept writing first. Nothing was changed; trying again may do. */
export class Conflict extends Error {
  override readonly name = 'Conflict';
}

const ATTEMPTS = 20;

/**
 * Reads, plans and commits against one revision, again from the start where somebody else committed in between. A plan
 * may run several times and must do nothing but read.
 */
export async function transact<T>(
  store: Store,
  plan: (reader: Reader) => Promise<Plan<T>>,
): Promise<Committed<T>> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const before = await store.position();
    const { writes, result } = await plan(new Reader(store));
    if (writes.length === 0) return { result, position: before, changed: false };
    const outcome = await store.commit(before.revision, writes);
    if ('committed' in outcome) return { result, position: outcome.committed, changed: true };
  }
  throw new Conflict(
    `others changed the store ${ATTEMPTS} times in a row while this was worked out; nothing was changed, try again`,
  );
}

/** Typed reads of a store; every value is checked by the schema of its kind. */
export class Reader {
  readonly #store: Store;
  constructor(store: Store) {
    this.#store = store;
  }

  async find<K extends RecordKind>(kind: K, id: string): Promise<RecordOf<K> | undefined> {
    const [record] = await this.#store.get([{ kind, id }]);
    return record && parseRecord(kind, record);
  }

  /** Those of the ids that exist, by id. */
  async findAll<K extends RecordKind>(kind: K, ids: Iterable<string>): Promise<Map<string, RecordOf<K>>> {
    const keys = [...new Set(ids)].map((id) => ({ kind, id }));
    const found = new Map<string, RecordOf<K>>();
    if (keys.length === 0) return found;
    for (const record of await this.#store.get(keys))
      if (record) found.set(record.id, parseRecord(kind, record));
    return found;
  }

  /** Every record of a kind, in the order of ids. */
  async *all<K extends RecordKind>(kind: K): AsyncGenerator<RecordOf<K>> {
    const limit = 1000;
    for (let page = await this.#store.list(kind, { limit }); page.length > 0; ) {
      for (const record of page) yield parseRecord(kind, record);
      const last = page[page.length - 1];
      page = page.length < limit || !last ? [] : await this.#store.list(kind, { after: last.id, limit });
    }
  }
}
