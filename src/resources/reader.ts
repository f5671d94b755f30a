import { takeTurns } from '../check/run-steps.ts';
import type { Store } from '../store/port.ts';
import { parseRecord, type RecordKind, type RecordOf } from '../store/record.ts';

/** Records that are asked for at once. */
const PAGE = 500;

/** Typed reads of a store; every value is checked by the schema of its kind. Long ones let others have their turn. */
export class Reader {
  readonly #store: Store;
  constructor(store: Store) {
    this.#store = store;
  }

  async find<K extends RecordKind>(kind: K, id: string): Promise<RecordOf<K> | undefined> {
    const [record] = await this.#store.get([{ kind, id }]);
    return record && parseRecord(kind, record);
  }

  /** The same with the commit that wrote it last. */
  async findStamped<K extends RecordKind>(
    kind: K,
    id: string,
  ): Promise<{ readonly value: RecordOf<K>; readonly revision: number } | undefined> {
    const [record] = await this.#store.get([{ kind, id }]);
    return record && { value: parseRecord(kind, record), revision: record.revision };
  }

  /** Those of the ids that exist, by id. */
  async findAll<K extends RecordKind>(kind: K, ids: Iterable<string>): Promise<Map<string, RecordOf<K>>> {
    const keys = [...new Set(ids)].map((id) => ({ kind, id }));
    const found = new Map<string, RecordOf<K>>();
    if (keys.length === 0) return found;
    const turn = takeTurns();
    for (let start = 0; start < keys.length; start += PAGE)
      for (const record of await this.#store.get(keys.slice(start, start + PAGE))) {
        if (record) found.set(record.id, parseRecord(kind, record));
        await turn();
      }
    return found;
  }

  async collect<K extends RecordKind>(kind: K): Promise<RecordOf<K>[]> {
    const records: RecordOf<K>[] = [];
    for await (const record of this.all(kind)) records.push(record);
    return records;
  }

  /** Every record of a kind, in the order of ids. */
  async *all<K extends RecordKind>(kind: K): AsyncGenerator<RecordOf<K>> {
    const limit = PAGE;
    const turn = takeTurns();
    for (let page = await this.#store.list(kind, { limit }); page.length > 0; ) {
      for (const record of page) {
        yield parseRecord(kind, record);
        await turn();
      }
      const last = page[page.length - 1];
      page = page.length < limit || !last ? [] : await this.#store.list(kind, { after: last.id, limit });
    }
  }
}
