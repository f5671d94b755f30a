import { StoreUnavailable } from '../port.ts';
import type { RecordKey } from '../record.ts';
import type { FoundRecords } from './read-records.ts';

/** Keys that one call asks for at most. */
const MAX_KEYS = 256;

interface Batch {
  readonly keys: RecordKey[];
  readonly found: Promise<FoundRecords>;
}

/**
 * Joins reads that are asked for in the same turn of the event loop into one round trip: a first Check asks for its
 * credential and its account at once.
 */
export class BatchedReads {
  readonly #read: (keys: readonly RecordKey[]) => Promise<FoundRecords>;
  readonly #maxReads: number;
  #batch: Batch | undefined;
  #reads = 0;

  /** @param maxReads how many may wait at once */
  constructor(read: (keys: readonly RecordKey[]) => Promise<FoundRecords>, maxReads: number) {
    this.#read = read;
    this.#maxReads = maxReads;
  }

  /** Rejects with `StoreUnavailable`, at once if too many reads wait. */
  async find(keys: readonly RecordKey[]): Promise<FoundRecords> {
    if (this.#reads >= this.#maxReads)
      throw new StoreUnavailable(`${this.#reads} reads wait for Redis already`);
    this.#reads += 1;
    try {
      return await this.#join(keys).found;
    } finally {
      this.#reads -= 1;
    }
  }

  #join(keys: readonly RecordKey[]): Batch {
    const open = this.#batch;
    const batch = open && open.keys.length + keys.length <= MAX_KEYS ? open : this.#begin();
    batch.keys.push(...keys);
    return batch;
  }

  #begin(): Batch {
    const keys: RecordKey[] = [];
    const full = new Promise<void>((resolve) => process.nextTick(resolve));
    const batch: Batch = {
      keys,
      found: full.then(() => {
        if (this.#batch === batch) this.#batch = undefined;
        return this.#read(keys);
      }),
    };
    this.#batch = batch;
    return batch;
  }
}
