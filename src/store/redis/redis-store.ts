import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { withDeadline } from '../deadline.ts';
import {
  type CommitResult,
  checkReached,
  type RecordPage,
  type StoreContents,
  type StoreEvent,
  type StorePosition,
  StoreUnavailable,
  type Write,
} from '../port.ts';
import type { RecordKey, RecordKind, StoredRecord } from '../record.ts';
import { type EncodedWrite, encodeWrites } from '../record-text.ts';
import { formatServer } from '../server-address.ts';
import type { StoreWithTelemetry, TelemetryWrites } from '../telemetry-writes.ts';
import { BatchedReads } from './batched-reads.ts';
import { warnOfRights } from './check-rights.ts';
import { commitWrites } from './commit-writes.ts';
import { ensureStore } from './ensure-store.ts';
import { followLog } from './follow-log.ts';
import { KnownCommits } from './known-commits.ts';
import { type LocatedStore, locateStore } from './locate-store.ts';
import { openPrimary, type VerifiedPrimary } from './open-primary.ts';
import { PrimaryLink } from './primary-link.ts';
import { readPage, readRecords } from './read-records.ts';
import { readSnapshot } from './read-snapshot.ts';
import { describeRedisFault } from './redis-fault.ts';
import { headCommand, parseRedisHead } from './redis-head.ts';
import type { RedisStoreOptions } from './redis-store-options.ts';
import { createTelemetryWrites } from './redis-telemetry-writes.ts';
import { asCount, sendAll } from './replies.ts';
import { warnOf } from './server-info.ts';
import { withRoom } from './with-room.ts';

/**
 * Opens the store in a shared Redis, and makes a missing one if the user may. Rejects with `StoreUnavailable` if the primary
 * is unavailable (unless `awaited` is set), and with `StoreFormatError` if the server is too old or may evict keys, or if it
 * holds a newer store or other data.
 */
export async function openRedisStore(options: RedisStoreOptions): Promise<RedisStore> {
  const store = new RedisStore(options);
  try {
    await store.connect();
  } catch (error) {
    if (options.awaited && error instanceof StoreUnavailable) return store;
    await store.close();
    throw error;
  }
  return store;
}

/** Records that a list asks for at once. */
const PAGE = 250;

export class RedisStore implements StoreWithTelemetry {
  readonly telemetry: TelemetryWrites;
  readonly #options: RedisStoreOptions;
  readonly #located: LocatedStore;
  readonly #known = new KnownCommits();
  readonly #instance: string;
  readonly #link: PrimaryLink;
  /** A link of its own: reads must not wait until a commit is on the replicas. Connects with the first commit. */
  readonly #writing: PrimaryLink;
  readonly #reads: BatchedReads;
  readonly #closing = new AbortController();
  /** The history that the caller's revisions are of. */
  #epoch: string | undefined;

  constructor(options: RedisStoreOptions) {
    this.#options = options;
    this.#located = locateStore(options);
    this.#instance = options.instance ?? randomUUID();
    const { settings, place, resolver } = this.#located;
    const { connectTimeout, maxReads } = settings;
    const link = new PrimaryLink({
      resolver,
      connectTimeout,
      maxCalls: maxReads,
      prepare: (primary) => this.#prepare(primary),
    });
    this.#link = link;
    this.#writing = new PrimaryLink({ resolver, connectTimeout, maxCalls: 100 });
    this.#reads = new BatchedReads(
      (keys) => link.call(settings.commandTimeout, (redis) => readRecords(redis, place, keys)),
      maxReads,
    );
    this.telemetry = createTelemetryWrites({
      keys: place.keys,
      instance: this.#instance,
      decisionsLength: settings.decisionsLength,
      call: (send) => link.call(settings.transferTimeout, send),
    });
  }

  /** Rejects if the first attempt fails; the store goes on trying until it is closed. */
  connect(): Promise<void> {
    return this.#link.open();
  }

  async position(): Promise<StorePosition> {
    const { settings, place } = this.#located;
    const [reply] = await this.#link.call(settings.commandTimeout, (redis) =>
      sendAll(redis, [headCommand(place.keys.head)]),
    );
    const head = this.#within(() => parseRedisHead(reply, place.where));
    if (this.#known.nameAt(head.position) !== head.commit) this.#known.restart(head);
    this.#epoch = head.position.epoch;
    return head.position;
  }

  async get(keys: readonly RecordKey[], atLeast?: StorePosition): Promise<(StoredRecord | undefined)[]> {
    const found = await this.#reads.find(keys);
    checkReached(found.head.position, atLeast);
    this.#known.check(found.head);
    return this.#within(() => keys.map((key) => found.get(key)));
  }

  async list(kind: RecordKind, { after, limit, descending = false }: RecordPage): Promise<StoredRecord[]> {
    const found: StoredRecord[] = [];
    let last = after;
    while (found.length < limit) {
      const size = Math.min(PAGE, limit - found.length);
      const page = await this.#ask((redis) =>
        readPage(redis, this.#located.place.keys, kind, { after: last, limit: size, descending }),
      );
      found.push(...page.records);
      if (page.ids.length < size) break;
      last = page.ids.at(-1);
    }
    return found;
  }

  async snapshot(atLeast?: StorePosition): Promise<StoreContents> {
    const { snapshot, head } = await readSnapshot((send) => this.#ask(send), this.#located.place);
    checkReached(head.position, atLeast);
    this.#known.check(head);
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
    const { settings, place, resolver } = this.#located;
    const timeout = settings.connectTimeout;
    return followLog(
      {
        ...place,
        known: this.#known,
        timeout,
        minReplicas: settings.minReplicas,
        instance: this.#instance,
        open: (ending) => openPrimary(resolver, timeout, ending),
        confirms: ({ address }) => resolver.confirms(address),
      },
      from,
      AbortSignal.any([signal, this.#closing.signal]),
    );
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#link.close();
    this.#writing.close();
    this.#located.resolver.close();
  }

  /** Makes the store if it is missing, and warns of what an operator should know about the server. */
  async #prepare({ redis, address, info }: VerifiedPrimary): Promise<void> {
    const { settings, place } = this.#located;
    const { onWarning, access } = this.#options;
    const inTime = <T>(work: Promise<T>) => withDeadline(work, settings.transferTimeout);
    this.#known.restart(await inTime(ensureStore(redis, place.keys, place.where)));
    if (!onWarning) return;
    const where = formatServer(address);
    const warnings = [
      warnOf(info, where),
      access === 'read' ? undefined : await inTime(warnOfRights(redis, place.keys, where)),
    ];
    for (const warning of warnings) if (warning !== undefined) onWarning(warning);
  }

  #ask<T>(send: (redis: Redis) => Promise<T>): Promise<T> {
    return this.#link.call(this.#located.settings.transferTimeout, send);
  }

  async #write(expected: StorePosition, writes: readonly EncodedWrite[]): Promise<CommitResult> {
    const { settings, place } = this.#located;
    const { waitReplicas, waitTimeout, transferTimeout, logLength } = settings;
    const waiting = waitReplicas > 0 ? waitTimeout : 0;
    return this.#writing.call(transferTimeout + waiting, async (redis) => {
      const commitNow = () => commitWrites(redis, { ...place, logLength }, expected, writes);
      const { commit, ...result } = await withRoom(redis, place.keys, commitNow, () =>
        this.#options.onWarning?.(
          `${place.where}: the memory was full: stored decisions and heartbeats were removed, to have room for a commit`,
        ),
      );
      if ('conflict' in result || writes.length === 0) return result;
      if (waitReplicas > 0) {
        const confirmed = asCount(await redis.wait(waitReplicas, waitTimeout));
        if (confirmed < waitReplicas) throw unconfirmed(result.committed, confirmed, waitReplicas);
      }
      this.#known.note(result.committed, commit);
      return result;
    });
  }

  #within<T>(parse: () => T): T {
    try {
      return parse();
    } catch (error) {
      throw describeRedisFault(error, this.#located.resolver.where);
    }
  }

  #checkOpen(): void {
    if (this.#closing.signal.aborted)
      throw new StoreUnavailable(`the store in ${this.#located.place.where} is closed`);
  }
}

function unconfirmed({ revision }: StorePosition, confirmed: number, wanted: number): StoreUnavailable {
  return new StoreUnavailable(
    `commit ${revision} is on the primary, but only ${confirmed} of ${wanted} replicas said in time that they have it: a failover may lose it; look before you try again`,
  );
}
