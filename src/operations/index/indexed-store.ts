import type {
  CommitResult,
  RecordPage,
  StoreContents,
  StoreEvent,
  StorePosition,
  Write,
} from '../../store/port.ts';
import type { RecordKey, RecordKind, StoredRecord } from '../../store/record.ts';
import type { StoreWithTelemetry, TelemetryWrites } from '../../store/telemetry-writes.ts';
import { PLACED_KINDS } from '../resource-kinds.ts';
import { DIRECTORY_NAME_KINDS, DirectoryDomains } from './directory-domains.ts';
import { FollowedIndex, type FollowedIndexOptions, type IndexContent } from './followed-index.ts';
import { RecordPlaces } from './record-places.ts';

/** A store with indexes in memory, which know of this process's commits at once. Closing it leaves the store open. */
export class IndexedStore implements StoreWithTelemetry {
  readonly #store: StoreWithTelemetry;
  readonly #onFault: (fault: Error) => void;
  readonly #indexes: Pick<FollowedIndex<IndexContent>, 'committed' | 'close'>[] = [];
  readonly places: FollowedIndex<RecordPlaces>;
  readonly directoryDomains: FollowedIndex<DirectoryDomains>;

  constructor(store: StoreWithTelemetry, onFault: (fault: Error) => void) {
    this.#store = store;
    this.#onFault = onFault;
    this.places = this.index({ kinds: PLACED_KINDS, create: () => new RecordPlaces() });
    this.directoryDomains = this.index({
      kinds: DIRECTORY_NAME_KINDS,
      create: () => new DirectoryDomains(),
    });
  }

  /** A further index, read on first use. */
  index<C extends IndexContent>(
    options: Pick<FollowedIndexOptions<C>, 'kinds' | 'create'>,
  ): FollowedIndex<C> {
    const index = new FollowedIndex({ ...options, store: this.#store, onFault: this.#onFault });
    this.#indexes.push(index);
    return index;
  }

  get telemetry(): TelemetryWrites {
    return this.#store.telemetry;
  }

  position(): Promise<StorePosition> {
    return this.#store.position();
  }

  get(keys: readonly RecordKey[], atLeast?: StorePosition): Promise<(StoredRecord | undefined)[]> {
    return this.#store.get(keys, atLeast);
  }

  list(kind: RecordKind, page: RecordPage): Promise<StoredRecord[]> {
    return this.#store.list(kind, page);
  }

  snapshot(atLeast?: StorePosition): Promise<StoreContents> {
    return this.#store.snapshot(atLeast);
  }

  async commit(expected: number, writes: readonly Write[]): Promise<CommitResult> {
    const result = await this.#store.commit(expected, writes);
    if ('committed' in result) for (const index of this.#indexes) index.committed(result.committed, writes);
    return result;
  }

  follow(from: StorePosition, signal: AbortSignal): AsyncIterable<StoreEvent> {
    return this.#store.follow(from, signal);
  }

  async close(): Promise<void> {
    await Promise.all(this.#indexes.map((index) => index.close()));
  }
}
