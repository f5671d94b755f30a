import { LRUCache } from 'lru-cache';
import type { Store, StorePosition } from './port.ts';
import { parseRecord, type RecordKind, type RecordOf } from './record.ts';

/** The answer of the store for one id. A holder checks `stale` before each use, and loads again if it is set. */
export interface CachedRecord<K extends RecordKind> {
  /** Undefined if the record does not exist. Parsed at each read. */
  readonly value: RecordOf<K> | undefined;
  /** The commit that wrote the value; for an absent record, the revision of the store when asked. */
  readonly revision: number;
  /** Set once the record has changed, or changes are no longer tracked. Never reset. */
  stale: boolean;
}

export interface RecordCache<K extends RecordKind> {
  /** Cached records. */
  readonly size: number;
  /** What is known without asking the store. */
  peek(id: string): CachedRecord<K> | undefined;
  /**
   * The cached answer, or that of the store. Callers for one id share one read. Rejects with `StoreUnavailable`, and with
   * `RecordFault` for an invalid record; neither is cached.
   */
  load(id: string): Promise<CachedRecord<K>>;
}

/** Maximum cached ids without a record. Their cache is separate, so that a flood of them evicts no record. */
const MAX_ABSENT = 10_000;

export interface RecordCacheOptions<K extends RecordKind> {
  readonly kind: K;
  readonly store: Pick<Store, 'get'>;
  /** How many records are kept at most. */
  readonly limit: number;
  /** The last commit whose changes were applied to this cache. */
  knownPosition(): StorePosition;
}

/** A read on its way; `overtaken` once its record changed after it began. */
interface Flight<K extends RecordKind> {
  overtaken: boolean;
  result: Promise<CachedRecord<K>>;
}

/** Records of one kind, filled on first use and dropped by the change log. */
export class ReplicaCache<K extends RecordKind> implements RecordCache<K> {
  readonly #options: RecordCacheOptions<K>;
  readonly #present: LRUCache<string, CachedRecord<K>>;
  readonly #absent: LRUCache<string, CachedRecord<K>>;
  readonly #flights = new Map<string, Flight<K>>();

  constructor(options: RecordCacheOptions<K>) {
    this.#options = options;
    // Evicted records are marked too: later changes no longer reach them, and their holder would accept a revoked
    // credential forever.
    const dispose = (record: CachedRecord<K>) => {
      record.stale = true;
    };
    this.#present = new LRUCache({ max: options.limit, dispose });
    this.#absent = new LRUCache({ max: Math.min(options.limit, MAX_ABSENT), dispose });
  }

  get size(): number {
    return this.#present.size;
  }

  peek(id: string): CachedRecord<K> | undefined {
    return this.#present.get(id) ?? this.#absent.get(id);
  }

  async load(id: string): Promise<CachedRecord<K>> {
    return this.peek(id) ?? (this.#flights.get(id) ?? this.#take(id)).result;
  }

  /** The record changed: what was known, and what is being read, may be old. */
  invalidate(id: string): void {
    this.#present.delete(id);
    this.#absent.delete(id);
    this.#overtake(id);
  }

  /** Anything may have changed. */
  invalidateAll(): void {
    this.#present.clear();
    this.#absent.clear();
    for (const id of [...this.#flights.keys()]) this.#overtake(id);
  }

  #overtake(id: string): void {
    const flight = this.#flights.get(id);
    if (!flight) return;
    flight.overtaken = true;
    // Later callers must not share a read that began before the change.
    this.#flights.delete(id);
  }

  #take(id: string): Flight<K> {
    const flight: Flight<K> = {
      overtaken: false,
      result: Promise.resolve().then(() => this.#read(id, flight)),
    };
    this.#flights.set(id, flight);
    return flight;
  }

  async #read(id: string, flight: Flight<K>): Promise<CachedRecord<K>> {
    try {
      const record = await this.#fetch(id);
      // The read may have seen the record before the change.
      if (flight.overtaken) return await this.load(id);
      (record.value === undefined ? this.#absent : this.#present).set(id, record);
      return record;
    } finally {
      if (!flight.overtaken) this.#flights.delete(id);
    }
  }

  async #fetch(id: string): Promise<PackedRecord<K>> {
    const { kind, store, knownPosition } = this.#options;
    const known = knownPosition();
    const [stored] = await store.get([{ kind, id }], known);
    if (!stored) return new PackedRecord<K>(undefined, known.revision);
    return new PackedRecord<K>(parseRecord(kind, stored), stored.revision);
  }
}

/** Keeps JSON, which takes less memory than the object. Frequent users keep the parsed record. */
class PackedRecord<K extends RecordKind> implements CachedRecord<K> {
  readonly revision: number;
  stale = false;
  /** JSON of a checked record; undefined for an absent one. */
  readonly #text: string | undefined;

  constructor(value: RecordOf<K> | undefined, revision: number) {
    this.#text = value && JSON.stringify(value);
    this.revision = revision;
  }

  get value(): RecordOf<K> | undefined {
    return this.#text === undefined ? undefined : JSON.parse(this.#text);
  }
}
