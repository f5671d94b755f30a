import type { Redis } from 'ioredis';
import {
  type CommitResult,
  type RecordPage,
  type Store,
  type StoreEvent,
  type StorePosition,
  type StoreSnapshot,
  StoreUnavailable,
  type Write,
} from '../port.ts';
import { checkReached } from '../position.ts';
import type { RecordKey, RecordKind, StoredRecord } from '../record.ts';
import type { TelemetryWrites } from '../telemetry-writes.ts';
import { BatchedReads } from './batched-reads.ts';
import { commitWrites, type EncodedWrite, encodeWrites } from './commit-writes.ts';
import { followLog } from './follow-log.ts';
import type { KnownCommits } from './known-commits.ts';
import { openPrimary } from './open-primary.ts';
import { PrimaryLink } from './primary-link.ts';
import type { PrimaryResolver } from './primary-resolver.ts';
import { type Place, readPage, readRecords } from './read-records.ts';
import { readSnapshot } from './read-snapshot.ts';
import { describeFault } from './redis-fault.ts';
import type { RedisSettings } from './redis-store-options.ts';
import { createTelemetryWrites } from './redis-telemetry-writes.ts';
import { asCount, sendAll } from './replies.ts';
import { headCommand, parseHead } from './store-head.ts';
import { withRoom } from './with-room.ts';

/** A store in Redis, and the little that a sidecar writes beside it. */
export interface RedisStore extends Store {
  readonly side: TelemetryWrites;
}

/** Records that a list asks for at once. */
const PAGE = 250;

/** What an open store is made of. */
export interface ConnectedParts {
  readonly settings: RedisSettings;
  readonly finder: PrimaryResolver;
  readonly place: Place;
  readonly known: KnownCommits;
  readonly link: PrimaryLink;
  readonly instance: string;
  /** Told what an operator should know. */
  onWarning(warning: string): void;
}

/** A store on a link that is there. */
export class ConnectedStore implements RedisStore {
  readonly side: TelemetryWrites;
  readonly #parts: ConnectedParts;
  readonly #reads: BatchedReads;
  readonly #closing = new AbortController();
  /** Apart from the reads, which must not wait until a commit is on the replicas. */
  #writing: Promise<PrimaryLink> | undefined;
  /** The history that the caller's revisions are of. */
  #epoch: string | undefined;

  constructor(parts: ConnectedParts) {
    this.#parts = parts;
    const { settings, place, instance, link } = parts;
    this.#reads = new BatchedReads(
      (keys) => link.call(settings.commandTimeout, (redis) => readRecords(redis, place, keys)),
      settings.maxReads,
    );
    this.side = createTelemetryWrites({
      keys: place.keys,
      instance,
      decisionsLength: settings.decisionsLength,
      call: (send) => link.call(settings.transferTimeout, send),
    });
  }

  async position(): Promise<StorePosition> {
    const { link, settings, place, known } = this.#parts;
    const [reply] = await link.call(settings.commandTimeout, (redis) =>
      sendAll(redis, [headCommand(place.keys.head)]),
    );
    const head = this.#within(() => parseHead(reply, place.where));
    if (known.nameAt(head.position) !== head.commit) known.restart(head);
    this.#epoch = head.position.epoch;
    return head.position;
  }

  async get(keys: readonly RecordKey[], atLeast?: StorePosition): Promise<(StoredRecord | undefined)[]> {
    const { known } = this.#parts;
    const found = await this.#reads.find(keys);
    checkReached(found.head.position, atLeast);
    known.check(found.head);
    return this.#within(() => keys.map((key) => found.get(key)));
  }

  async list(kind: RecordKind, { after, limit, descending = false }: RecordPage): Promise<StoredRecord[]> {
    const found: StoredRecord[] = [];
    let last = after;
    while (found.length < limit) {
      const size = Math.min(PAGE, limit - found.length);
      const page = await this.#ask((redis) =>
        readPage(redis, this.#parts.place.keys, kind, { after: last, limit: size, descending }),
      );
      found.push(...page.records);
      if (page.ids.length < size) break;
      last = page.ids.at(-1);
    }
    return found;
  }

  async snapshot(atLeast?: StorePosition): Promise<StoreSnapshot> {
    const { snapshot, head } = await readSnapshot((send) => this.#ask(send), this.#parts.place);
    checkReached(head.position, atLeast);
    this.#parts.known.check(head);
    this.#epoch = head.position.epoch;
    return snapshot;
  }

  async commit(expected: number, writes: readonly Write[]): Promise<CommitResult> {
    const encoded = encodeWrites(writes);
    this.#checkOpen();
    const epoch = this.#epoch ?? (await this.position()).epoch;
    const result = await this.#write({ epoch, revision: expected }, encoded);
    this.#epoch = ('committed' in result ? result.committed : result.conflict).epoch;
    return result;
  }

  follow(from: StorePosition, signal: AbortSignal): AsyncIterable<StoreEvent> {
    const { settings, place, known, finder, instance } = this.#parts;
    const timeout = settings.connectTimeout;
    return followLog(
      {
        ...place,
        known,
        timeout,
        minReplicas: settings.minReplicas,
        instance,
        open: (ending) => openPrimary(finder, timeout, ending),
        confirms: ({ address }) => finder.confirms(address),
      },
      from,
      AbortSignal.any([signal, this.#closing.signal]),
    );
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    this.#parts.link.close();
    this.#parts.finder.close();
    const writing = await this.#writing?.catch(() => undefined);
    writing?.close();
  }

  #ask<T>(send: (redis: Redis) => Promise<T>): Promise<T> {
    const { link, settings } = this.#parts;
    return link.call(settings.transferTimeout, send);
  }

  async #write(expected: StorePosition, writes: readonly EncodedWrite[]): Promise<CommitResult> {
    const { settings, place, known, onWarning } = this.#parts;
    const link = await this.#writeLink();
    const { waitReplicas, waitTimeout, transferTimeout, logLength } = settings;
    const waiting = waitReplicas > 0 ? waitTimeout : 0;
    return link.call(transferTimeout + waiting, async (redis) => {
      const commitNow = () => commitWrites(redis, { ...place, logLength }, expected, writes);
      const { commit, ...result } = await withRoom(redis, place.keys, commitNow, () =>
        onWarning(
          `${place.where}: the memory was full: stored decisions and heartbeats were removed, to have room for a commit`,
        ),
      );
      if ('conflict' in result || writes.length === 0) return result;
      if (waitReplicas > 0) {
        const confirmed = asCount(await redis.wait(waitReplicas, waitTimeout));
        if (confirmed < waitReplicas) throw unconfirmed(result.committed, confirmed, waitReplicas);
      }
      known.note(result.committed, commit);
      return result;
    });
  }

  #writeLink(): Promise<PrimaryLink> {
    const { finder, settings } = this.#parts;
    const { connectTimeout } = settings;
    this.#writing ??= PrimaryLink.open({ finder, connectTimeout, maxCalls: 100 }).catch((error: unknown) => {
      this.#writing = undefined;
      throw error;
    });
    return this.#writing;
  }

  #within<T>(parse: () => T): T {
    try {
      return parse();
    } catch (error) {
      throw describeFault(error, this.#parts.finder.where);
    }
  }

  #checkOpen(): void {
    if (this.#closing.signal.aborted)
      throw new StoreUnavailable(`the store in ${this.#parts.place.where} is closed`);
  }
}

function unconfirmed({ revision }: StorePosition, confirmed: number, wanted: number): StoreUnavailable {
  return new StoreUnavailable(
    `commit ${revision} is on the primary, but only ${confirmed} of ${wanted} replicas said in time that they have it: a failover may lose it; look before you try again`,
  );
}
