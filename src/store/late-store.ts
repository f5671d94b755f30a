import { asError } from './as-error.ts';
import {
  type CommitResult,
  type RecordPage,
  type Store,
  type StoreEvent,
  type StorePosition,
  type StoreSnapshot,
  StoreUnavailable,
  type Write,
} from './port.ts';
import type { RecordKey, StoredRecord } from './record.ts';
import type { StoreWithTelemetry, TelemetryWrites } from './telemetry-writes.ts';

/**
 * A store that may be out of reach now and come later: then what is asked of it rejects with `StoreUnavailable`, and each
 * `snapshot` and each `position` tries again to open it. Rejects with whatever else `open` throws, which waiting would not mend.
 */
export async function openLateStore(open: () => Promise<StoreWithTelemetry>): Promise<StoreWithTelemetry> {
  try {
    return await open();
  } catch (error) {
    if (error instanceof StoreUnavailable) return new LateStore(open, error);
    throw error;
  }
}

class LateStore implements StoreWithTelemetry {
  readonly side: TelemetryWrites;
  readonly #open: () => Promise<StoreWithTelemetry>;
  #store: StoreWithTelemetry | undefined;
  #fault: Error;
  #opening: Promise<Store> | undefined;
  #closed = false;

  constructor(open: () => Promise<StoreWithTelemetry>, fault: Error) {
    this.#open = open;
    this.#fault = fault;
    const side = () => this.#opened().side;
    this.side = {
      touchLastUsed: async (times) => side().touchLastUsed(times),
      readLastUsed: async (ids) => side().readLastUsed(ids),
      appendDecisions: async (lines) => side().appendDecisions(lines),
      readDecisions: async (after, limit, descending) => side().readDecisions(after, limit, descending),
      heartbeat: async () => side().heartbeat(),
    };
  }

  async position(): Promise<StorePosition> {
    return (await this.#openNow()).position();
  }

  async get(keys: readonly RecordKey[], atLeast?: StorePosition): Promise<(StoredRecord | undefined)[]> {
    return this.#opened().get(keys, atLeast);
  }

  async list(kind: RecordKey['kind'], page: RecordPage): Promise<StoredRecord[]> {
    return this.#opened().list(kind, page);
  }

  async snapshot(atLeast?: StorePosition): Promise<StoreSnapshot> {
    return (await this.#openNow()).snapshot(atLeast);
  }

  async commit(expected: number, writes: readonly Write[]): Promise<CommitResult> {
    return this.#opened().commit(expected, writes);
  }

  follow(from: StorePosition, signal: AbortSignal): AsyncIterable<StoreEvent> {
    return this.#opened().follow(from, signal);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#opening?.catch(() => undefined);
    await this.#store?.close();
  }

  #opened(): StoreWithTelemetry {
    if (this.#store) return this.#store;
    throw new StoreUnavailable(this.#fault.message);
  }

  /** One attempt at a time, however many wait for it. */
  #openNow(): Promise<Store> {
    this.#opening ??= this.#tryToOpen();
    return this.#opening;
  }

  async #tryToOpen(): Promise<Store> {
    try {
      if (this.#closed) throw new StoreUnavailable('the store is closed');
      this.#store = await this.#open();
      return this.#store;
    } catch (error) {
      this.#opening = undefined;
      this.#fault = asError(error);
      throw error;
    }
  }
}
