import { LRUCache } from 'lru-cache';
import type { Store, StorePosition } from './port.ts';
import { parseRecord, type RecordKind, type RecordOf } from './record.ts';

/** What the store said of one id. Whoever keeps it looks at `stale` each time before using it, and loads anew where it is set. */
export interface CachedRecord<K extends RecordKind> {
  /** Undefined where the store said that there is no such record. Worked out anew each time that it is read. */
  readonly value: RecordOf<K> | undefined;
  /** The commit that wrote the value; where there is none, the one that the store had reached when asked. */
  readonly revision: number;
  /** Set for good once the record changed, or may change without this object being told. */
  stale: boolean;
}

export interface RecordCache<K extends RecordKind> {
  /** Records that are kept. */
  readonly size: number;
  /** What is known without asking the store. */
  peek(id: string): CachedRecord<K> | undefined;
  /**
   * What is known, or what the store says. Callers for one id share one read. Rejects with `StoreUnavailable`, and with
   * `RecordFault` where the record can't be used; neither is kept.
   */
  load(id: string): Promise<CachedRecord<K>>;
}

/** How many ids without a record are remembered at most. Apart, so that a flood of them drives out nothing known. */
const MAX_ABSENT = 10_000;

export interface RecordCacheOptions<K extends RecordKind> {
  readonly kind: K;
  readonly store: Pick<Store, 'get'>;
  /** How many records are kept at most. */
  readonly limit: number;
  /** The last commit whose changes this cache was told of. */
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
    // Whatever leaves a cache is marked, also what was merely pushed out: later changes would no longer find it, and who
    // still holds it would let a revoked credential in for ever.
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
    // Who asks from now on must not share a read that began before the change.
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
      // The read may have seen the record before or after the change, so it says nothing.
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

/** Text takes less memory than the object that it stands for. Who needs the record often keeps it itself. */
class PackedRecord<K extends RecordKind> implements CachedRecord<K> {
  readonly revision: number;
  stale = false;
  /** JSON of a record that was checked; absent where there is none. */
  readonly #text: string | undefined;

  constructor(value: RecordOf<K> | undefined, revision: number) {
    this.#text = value && JSON.stringify(value);
    this.revision = revision;
  }

  get value(): RecordOf<K> | undefined {
    return this.#text === undefined ? undefined : JSON.parse(this.#text);
  }
}
