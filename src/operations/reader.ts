import type { Namespace } from '../accounts/namespace-schema.ts';
import { buildNamespaceTree, type NamespaceTree } from '../accounts/namespace-tree.ts';
import type { RoleBinding } from '../roles/role-binding-schema.ts';
import { takeTurns } from '../snapshot/run-steps.ts';
import type { RecordPage, Store } from '../store/port.ts';
import { parseRecord, type RecordKind, type RecordOf } from '../store/record.ts';
import { DIRECTORY_NAME_KINDS, DirectoryDomains } from './changes/directory-domains.ts';
import type { IndexContent } from './index/followed-index.ts';
import { IndexedStore } from './index/indexed-store.ts';
import { type PlacedKind, RecordPlaces } from './index/record-places.ts';

/** Records that are asked for at once. */
const PAGE = 500;

/**
 * Typed reads of a store; every value is checked by the schema of its kind. Long ones let others have their turn. If the
 * store has an index, what it knows is not read.
 */
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

  /** Those in namespaces that `covers` says, in the order of ids. */
  async *within<K extends PlacedKind>(
    kind: K,
    covers: (namespace: string) => boolean,
  ): AsyncGenerator<RecordOf<K>> {
    const turn = takeTurns();
    let after: string | undefined;
    do {
      const { records, last } = await this.pageWithin(kind, covers, { after, limit: PAGE });
      for (const record of records) {
        yield record;
        await turn();
      }
      after = last;
    } while (after !== undefined);
  }

  /** A part of all records of a kind. @returns `last`: the id to go on after; undefined at the end */
  async page<K extends RecordKind>(
    kind: K,
    page: RecordPage,
  ): Promise<{ records: RecordOf<K>[]; last: string | undefined }> {
    const found = await this.#store.list(kind, page);
    const records = found.map((record) => parseRecord(kind, record));
    return { records, last: found.length < page.limit ? undefined : found.at(-1)?.id };
  }

  /** A part of those in namespaces that `covers` says. */
  async pageWithin<K extends PlacedKind>(
    kind: K,
    covers: (namespace: string) => boolean,
    page: RecordPage,
  ): Promise<{ records: RecordOf<K>[]; last: string | undefined }> {
    if (!(this.#store instanceof IndexedStore)) {
      const { records, last } = await this.page(kind, page);
      return { records: records.filter((record) => covers(namespaceOf(kind, record))), last };
    }
    const places = await this.#store.places.current();
    const ids = places.ids(kind).select(covers, page);
    const found = await this.findAll(kind, ids);
    // One may have moved since.
    const records = [...found.values()].filter((record) => covers(namespaceOf(kind, record)));
    return { records, last: ids.length < page.limit ? undefined : ids.at(-1) };
  }

  /** Whether reading a page costs less than reading everything. */
  get isIndexed(): boolean {
    return this.#store instanceof IndexedStore;
  }

  /** Where the records of a kind are. Without an index, all of them are read. */
  async places(kind: PlacedKind): Promise<RecordPlaces> {
    if (this.#store instanceof IndexedStore) return this.#store.places.current();
    const places = new RecordPlaces();
    await this.#feed(places, kind);
    return places;
  }

  /** Id and namespace of every record of a kind. */
  async placesOf(kind: PlacedKind): Promise<Map<string, string>> {
    return (await this.places(kind)).ids(kind).all();
  }

  async namespaces(): Promise<Namespace[]> {
    if (this.#store instanceof IndexedStore) return (await this.#store.places.current()).namespaces();
    return this.collect('namespace');
  }

  async tree(): Promise<NamespaceTree> {
    if (this.#store instanceof IndexedStore) return (await this.#store.places.current()).tree();
    return buildNamespaceTree(await this.namespaces()).tree;
  }

  async bindings(): Promise<RoleBinding[]> {
    if (this.#store instanceof IndexedStore) return (await this.#store.places.current()).bindings();
    return this.collect('role_binding');
  }

  /** The role bindings of one account. */
  async bindingsOf(account: string): Promise<readonly RoleBinding[]> {
    if (this.#store instanceof IndexedStore) return (await this.#store.places.current()).bindingsOf(account);
    return (await this.bindings()).filter((binding) => binding.account === account);
  }

  async directoryDomains(): Promise<DirectoryDomains> {
    if (this.#store instanceof IndexedStore) return this.#store.directoryDomains.current();
    const domains = new DirectoryDomains();
    for (const kind of DIRECTORY_NAME_KINDS) await this.#feed(domains, kind);
    return domains;
  }

  async #feed(content: IndexContent, kind: RecordKind): Promise<void> {
    const turn = takeTurns();
    for (let after: string | undefined, last = false; !last; ) {
      const records = await this.#store.list(kind, { after, limit: PAGE });
      content.apply(records.map((record) => ({ key: { kind, id: record.id }, record })));
      last = records.length < PAGE;
      after = records.at(-1)?.id;
      await turn();
    }
  }
}

/** Where a record is. */
export function namespaceOf<K extends PlacedKind>(kind: K, record: RecordOf<K>): string {
  if (kind === 'namespace' || !('namespace' in record)) return record.id;
  return record.namespace;
}
