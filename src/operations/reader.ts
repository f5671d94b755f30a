import { GLOBAL } from '../accounts/namespace-id.ts';
import type { Namespace } from '../accounts/namespace-schema.ts';
import type { NamespaceTree } from '../accounts/namespace-tree.ts';
import type { ResourceKind, StoredResource } from '../manifests/resource.ts';
import type { RoleBinding } from '../roles/role-binding-schema.ts';
import { takeTurns } from '../snapshot/run-steps.ts';
import type { RecordPage, Store } from '../store/port.ts';
import {
  parseRecord,
  type RecordKey,
  type RecordKind,
  type RecordOf,
  type StoredRecord,
} from '../store/record.ts';
import { DIRECTORY_NAME_KINDS, DirectoryDomains } from './index/directory-domains.ts';
import type { IndexContent } from './index/followed-index.ts';
import { IndexedStore } from './index/indexed-store.ts';
import { RecordPlaces } from './index/record-places.ts';
import {
  namespaceOfRecord,
  PLACED_KINDS,
  type PlacedKind,
  type RecordKindOf,
  resourceOf,
  STORED_KINDS,
} from './resource-kinds.ts';

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
    return (await this.findAll(kind, [id])).get(id);
  }

  /** The same with the commit that wrote it last. */
  async findStamped<K extends RecordKind>(
    kind: K,
    id: string,
  ): Promise<{ readonly value: RecordOf<K>; readonly revision: number } | undefined> {
    const [record] = await this.get([{ kind, id }]);
    return record && { value: parseRecord(kind, record), revision: record.revision };
  }

  /** Those of the ids that exist, by id. */
  async findAll<K extends RecordKind>(kind: K, ids: Iterable<string>): Promise<Map<string, RecordOf<K>>> {
    const keys = [...new Set(ids)].map((id) => ({ kind, id }));
    const found = new Map<string, RecordOf<K>>();
    const turn = takeTurns();
    for (let start = 0; start < keys.length; start += PAGE)
      for (const record of await this.get(keys.slice(start, start + PAGE))) {
        if (record) found.set(record.id, parseRecord(kind, record));
        await turn();
      }
    return found;
  }

  /** Resources of one kind as an operator writes them, by id. */
  async findResources<K extends ResourceKind>(
    kind: K,
    ids: Iterable<string>,
  ): Promise<Map<string, StoredResource<K>>> {
    const found = new Map<string, StoredResource<K>>();
    for (const [id, record] of await this.findAll<RecordKindOf<K>>(STORED_KINDS[kind].record, ids))
      found.set(id, resourceOf(kind, record));
    return found;
  }

  async collect<K extends RecordKind>(kind: K): Promise<RecordOf<K>[]> {
    const records: RecordOf<K>[] = [];
    for await (const record of this.all(kind)) records.push(record);
    return records;
  }

  /** Every record of a kind, in the order of ids. */
  async *all<K extends RecordKind>(kind: K): AsyncGenerator<RecordOf<K>> {
    const turn = takeTurns();
    for await (const page of this.#pages(kind))
      for (const record of page) {
        yield parseRecord(kind, record);
        await turn();
      }
  }

  /** Resources of one kind in namespaces that `covers` says, in the order of ids. */
  async *resourcesWithin<K extends ResourceKind>(
    kind: K,
    covers: (namespace: string) => boolean,
  ): AsyncGenerator<StoredResource<K>> {
    const turn = takeTurns();
    let after: string | undefined;
    do {
      const page = await this.pageWithin<RecordKindOf<K>>(STORED_KINDS[kind].record, covers, {
        after,
        limit: PAGE,
      });
      for (const record of page.records) {
        yield resourceOf(kind, record);
        await turn();
      }
      after = page.last;
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

  /** A part of those in namespaces that `covers` says; of a kind that is in `global`, all or none. */
  async pageWithin<K extends RecordKindOf<ResourceKind>>(
    kind: K,
    covers: (namespace: string) => boolean,
    page: RecordPage,
  ): Promise<{ records: RecordOf<K>[]; last: string | undefined }> {
    const place = (record: RecordOf<K>) => namespaceOfRecord(kind, record);
    const placed = PLACED_KINDS.find((each) => each === kind);
    if (!placed && !covers(GLOBAL)) return { records: [], last: undefined };
    if (!placed || !(this.#store instanceof IndexedStore)) {
      const { records, last } = await this.page(kind, page);
      return { records: records.filter((record) => covers(place(record))), last };
    }
    const ids = (await this.places(placed)).ids(placed).select(covers, page);
    const found = await this.findAll(kind, ids);
    // A record may have moved since.
    const records = [...found.values()].filter((record) => covers(place(record)));
    return { records, last: ids.length < page.limit ? undefined : ids.at(-1) };
  }

  /** Ids of those in namespaces that `covers` says. */
  async idsWithin(kind: PlacedKind, covers: (namespace: string) => boolean): Promise<string[]> {
    return (await this.places(kind)).ids(kind).select(covers, { limit: Number.POSITIVE_INFINITY });
  }

  /** Ids of the routes that name one of the policies. */
  async routesNaming(policies: ReadonlySet<string>): Promise<string[]> {
    return (await this.places('route')).references.routesNaming(policies);
  }

  /** Ids of the enforced policies of namespaces that `covers` says. */
  async enforcedPolicies(covers: (namespace: string) => boolean): Promise<string[]> {
    return (await this.places('policy')).references.enforcedPolicies(covers);
  }

  /** Whether reading a page costs less than reading everything. */
  get isIndexed(): boolean {
    return this.#store instanceof IndexedStore;
  }

  /** Id and namespace of every record of a kind. */
  async placesOf(kind: PlacedKind): Promise<Map<string, string>> {
    return (await this.places(kind)).ids(kind).all();
  }

  async namespaces(): Promise<Namespace[]> {
    return (await this.places('namespace')).namespaces();
  }

  async tree(): Promise<NamespaceTree> {
    return (await this.places('namespace')).tree();
  }

  async bindings(): Promise<RoleBinding[]> {
    return (await this.places('role_binding')).bindings();
  }

  /** The role bindings of one account. */
  async bindingsOf(account: string): Promise<readonly RoleBinding[]> {
    return (await this.places('role_binding')).bindingsOf(account);
  }

  async directoryDomains(): Promise<DirectoryDomains> {
    if (this.#store instanceof IndexedStore) return this.#store.directoryDomains.current();
    const domains = new DirectoryDomains();
    for (const kind of DIRECTORY_NAME_KINDS) await this.#fill(domains, kind);
    return domains;
  }

  /** In the order asked for; undefined if there is no such record. */
  protected get(keys: readonly RecordKey[]): Promise<(StoredRecord | undefined)[]> {
    return this.#store.get(keys);
  }

  /** Where the records of a kind are, from the store's index or else from the records themselves. */
  async places(kind: PlacedKind): Promise<RecordPlaces> {
    if (this.#store instanceof IndexedStore) return this.#store.places.current();
    const places = new RecordPlaces();
    await this.#fill(places, kind);
    return places;
  }

  async #fill(content: IndexContent, kind: RecordKind): Promise<void> {
    const turn = takeTurns();
    for await (const page of this.#pages(kind)) {
      content.apply(page.map((record) => ({ key: { kind, id: record.id }, record })));
      await turn();
    }
  }

  async *#pages(kind: RecordKind): AsyncGenerator<StoredRecord[]> {
    for (let after: string | undefined; ; ) {
      const page = await this.#store.list(kind, { after, limit: PAGE });
      yield page;
      after = page.at(-1)?.id;
      if (page.length < PAGE) return;
    }
  }
}
