import {
  type CommitResult,
  checkReached,
  hasReached,
  type Store,
  type StoreContents,
  type StoreEvent,
  type StorePosition,
  type Write,
} from '../../src/store/port.ts';
import { type RecordKey, SNAPSHOT_KINDS, type StoredRecord } from '../../src/store/record.ts';

/** Stands in a read's way between the moment that it is of and its answer. */
export type Gate = (what: 'get' | 'snapshot') => Promise<void>;

/** A store in memory whose reads and events wait for the test's word, to bring about any order of things. */
export class FakeStore implements Store {
  epoch = 'one';
  revision = 0;
  records = new Map<string, StoredRecord>();
  log: { revision: number; keys: RecordKey[] }[] = [];
  gate: Gate = async () => {};
  /** Followers get events up to here; the log may be further. */
  published = Number.POSITIVE_INFINITY;
  gets: RecordKey[] = [];
  snapshots = 0;
  followFault: Error | undefined;
  /** Whether followers hear more than commits. */
  inContact = true;
  #changed = new Set<() => void>();

  set(...writes: Write[]): number {
    this.revision += 1;
    for (const { key, value } of writes) {
      if (value === undefined) this.records.delete(nameOf(key));
      else this.records.set(nameOf(key), { ...key, revision: this.revision, value });
    }
    this.log.push({ revision: this.revision, keys: writes.map(({ key }) => key) });
    this.wake();
    return this.revision;
  }

  /** Has followers look again. */
  wake(): void {
    for (const changed of this.#changed) changed();
  }

  async position(): Promise<StorePosition> {
    return { epoch: this.epoch, revision: this.revision };
  }

  async get(keys: readonly RecordKey[], atLeast?: StorePosition): Promise<(StoredRecord | undefined)[]> {
    this.gets.push(...keys);
    checkReached(await this.position(), atLeast);
    const found = keys.map((key) => this.records.get(nameOf(key)));
    await this.gate('get');
    return found;
  }

  async list(): Promise<StoredRecord[]> {
    throw new Error('not needed here');
  }

  async snapshot(atLeast?: StorePosition): Promise<StoreContents> {
    this.snapshots += 1;
    const position = await this.position();
    checkReached(position, atLeast);
    const records = [...this.records.values()].filter(({ kind }) =>
      SNAPSHOT_KINDS.some((one) => one === kind),
    );
    await this.gate('snapshot');
    return { position, records };
  }

  async commit(_expected: number, writes: readonly Write[]): Promise<CommitResult> {
    this.set(...writes);
    return { committed: await this.position() };
  }

  async *follow(from: StorePosition, signal: AbortSignal): AsyncGenerator<StoreEvent, void> {
    let at = from;
    while (!signal.aborted) {
      if (this.followFault) throw this.followFault;
      const head = { epoch: this.epoch, revision: Math.min(this.revision, this.published) };
      const next = this.log.find(({ revision }) => revision === at.revision + 1);
      if (!hasReached(head, at) || (head.revision > at.revision && !next)) {
        at = head;
        yield { type: 'gap', position: head };
      } else if (head.revision > at.revision && next) {
        at = { epoch: at.epoch, revision: next.revision };
        yield { type: 'commit', ...next };
      } else {
        if (this.inContact) yield { type: 'contact', position: at };
        await this.#change(signal);
      }
    }
  }

  async close(): Promise<void> {}

  #change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.#changed.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.#changed.add(done);
      signal.addEventListener('abort', done);
    });
  }
}

function nameOf({ kind, id }: RecordKey): string {
  return `${kind}/${id}`;
}

/** A gate that holds reads until they are let through one by one. */
export function createTurnstile(): {
  gate: Gate;
  held: (() => void)[];
  arrival(count: number): Promise<void>;
} {
  const held: (() => void)[] = [];
  let arrived = () => {};
  return {
    held,
    gate: () =>
      new Promise((resolve) => {
        held.push(resolve);
        arrived();
      }),
    async arrival(count) {
      while (held.length < count)
        await new Promise<void>((resolve) => {
          arrived = resolve;
        });
    },
  };
}
